/** A desk with one item and a player on it, for tests of what stands around a picture. */

import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';

import { type Desk, DeskContext, type Item } from '@/shared/desk/contract';
import { PlayerProvider, useOfferPlayer } from '@/shared/player/context';
import type { Player } from '@/shared/player/contract';
import { VideoPlayer } from '@/shared/player/store';
import { ActionsProvider } from '@/shared/ui/actions';

import { FakeVideo } from './fake-video';

export const ORIGINAL = 'a'.repeat(64);

/** 100 frames of 30000/1001 a second, the first at a third of a second: times that no decimal fraction tells exactly. */
export function screened(begin: { frame?: number } = {}, original = ORIGINAL) {
  const video = new FakeVideo();
  const times = Float64Array.from({ length: 100 }, (_, n) => Math.round((n * 1_001_000) / 30));
  const player = new VideoPlayer(
    { original, times, firstUs: 0, startS: 1 / 3 },
    { shield: 'sketch', muted: true, ...begin },
  );
  player.attach(video as unknown as HTMLVideoElement);
  /** The decoder tells that it shows a frame. */
  const show = (frame: number) => {
    video.land();
    video.present((times[frame] ?? 0) / 1e6);
  };
  return { player, video, show };
}

export function AtDesk(props: {
  item: string;
  player: Player | null;
  say?: Desk['say'];
  more?: Partial<Item>;
  onOriginal?: (original: string) => void;
  children: ReactNode;
}) {
  const item = { item: props.item, assertions: [], captures: [], files: [], ...props.more } as unknown as Item;
  const say = props.say ?? (() => Promise.reject(new Error('nothing is to be said here')));
  return (
    <MantineProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <ActionsProvider keys={{}}>
          <DeskContext value={{ item, locked: null, say, nameOf: () => 'Olha' }}>
            <PlayerProvider {...(props.onOriginal ? { onOriginal: props.onOriginal } : {})}>
              <Offer player={props.player} />
              {props.children}
            </PlayerProvider>
          </DeskContext>
        </ActionsProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Offer({ player }: { player: Player | null }) {
  const offer = useOfferPlayer();
  useEffect(() => offer(player), [offer, player]);
  return null;
}
