import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useEffectEvent } from 'react';

import { usePlayer, usePlayerState } from '@/shared/player/context';
import { readRegion, readSpan, regionText, spanText } from '@/shared/player/fragments';

const REST_MS = 400;

/** Keeps the frame, the span and the region in the address, and goes where the address says when the player comes. */
export function Address() {
  const search = useSearch({ from: '/items/$item' });
  const navigate = useNavigate({ from: '/items/$item' });
  const player = usePlayer();
  const frame = usePlayerState((state) => (state.playing ? null : state.frame));
  const mark = usePlayerState((state) => state.mark);
  const region = usePlayerState((state) => state.region);
  const span = mark ? spanText(mark) : undefined;
  const xywh = region ? regionText(region) : undefined;

  const arrive = useEffectEvent(() => {
    if (!player) return;
    const wanted = search.span ? readSpan(search.span) : null;
    const last = Math.max(0, player.frames - 1);
    if (search.f !== undefined) player.seek(Math.min(search.f, last));
    else if (wanted) player.seek(Math.min(wanted.from, last));
    if (wanted && wanted.to <= last) player.setMark(wanted);
    if (search.xywh) player.setRegion(readRegion(search.xywh));
  });
  useEffect(() => {
    if (player) arrive();
  }, [player]);

  const tell = useEffectEvent(() => {
    if (!player || frame === null) return;
    const same = (search.f ?? 0) === frame && search.span === span && search.xywh === xywh;
    if (same) return;
    void navigate({
      replace: true,
      resetScroll: false,
      search: ({ tab }) => ({
        ...(tab ? { tab } : {}),
        ...(frame > 0 ? { f: frame } : {}),
        ...(span ? { span } : {}),
        ...(xywh ? { xywh } : {}),
      }),
    });
  });
  useEffect(() => {
    const timer = setTimeout(() => tell(), REST_MS);
    return () => clearTimeout(timer);
  }, [player, frame, span, xywh]);
  return null;
}
