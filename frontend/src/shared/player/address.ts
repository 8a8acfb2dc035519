/** The player's part of the page's address: the frame, the marked span and the region. */

import { useEffect, useEffectEvent, useRef } from 'react';

import type { Player } from './contract';
import { readRegion, readSpan, regionText, spanText } from './fragments';
import { placeOf } from './shown';

export interface PlayerAddress {
  /** Frame, from 0. */
  readonly f?: number | undefined;
  /** Marked span, `from-to`, both included. */
  readonly span?: string | undefined;
  /** Region in percent, `x,y,w,h`. */
  readonly xywh?: string | undefined;
  /** Whose frames these are, as `namedBy` says it. Frame 110 of another file is another picture. */
  readonly of?: string | undefined;
}

/** How an address names an original: the first digits of its digest. No item has two that begin alike. */
export function namedBy(original: string): string {
  return `sha256-${original.slice(0, 12)}`;
}

const CALM_MS = 300;

/** What a player begins with, for what an address says. A span without a frame means its first. */
export function initialOf({ f, span, xywh }: PlayerAddress) {
  const mark = span === undefined ? null : readSpan(span);
  const frame = f ?? mark?.from;
  return {
    ...(frame === undefined ? {} : { frame }),
    mark,
    region: xywh === undefined ? null : readRegion(xywh),
  };
}

/** What the address says of a player as it stands. */
export function addressOf(player: Player): PlayerAddress {
  const { frame, begun, still, mark, region } = player.state();
  // A region drawn on a still belongs to that still's frame.
  const f = begun ? frame : region ? still : null;
  return {
    ...(f === null ? {} : { f }),
    ...(mark ? { span: spanText(mark) } : {}),
    ...(region ? { xywh: regionText(region) } : {}),
    ...(f !== null || mark || region ? { of: namedBy(player.original) } : {}),
  };
}

/** The frame that a link made now leads to. */
export function linked(player: Player): number {
  return placeOf(player.state());
}

/** This page's address with the frame, span and region of now; everything else in it stays. */
export function linkTo(player: Player, page = window.location.href): string {
  const link = new URL(page);
  const { span, xywh } = addressOf(player);
  link.hash = '';
  const of = namedBy(player.original);
  for (const [name, value] of Object.entries({ f: String(linked(player)), span, xywh, of })) {
    if (value === undefined) link.searchParams.delete(name);
    else link.searchParams.set(name, value);
  }
  return link.href;
}

const told = ({ f, span, xywh }: PlayerAddress) => [f, span, xywh].join(' ');

/** Keeps address and player together: what one of them says, the other does, and nothing goes round in a circle. */
export function useAddress(player: Player, search: PlayerAddress, onChange: (address: PlayerAddress) => void): void {
  const last = useRef(told(search));
  const say = useEffectEvent(onChange);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const calm = () => {
      const address = addressOf(player);
      if (player.state().playing || told(address) === last.current) return;
      last.current = told(address);
      say(address);
    };
    const release = player.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(calm, CALM_MS);
    });
    return () => {
      release();
      clearTimeout(timer);
    };
  }, [player]);
  const { f, span, xywh } = search;
  useEffect(() => {
    const asked = told({ f, span, xywh });
    if (asked === last.current) return;
    last.current = asked;
    const { frame, mark, region } = initialOf({ f, span, xywh });
    // Also that there is none: a region left from before would stand on another picture.
    player.setMark(mark);
    player.setRegion(region);
    if (frame !== undefined) player.seek(frame);
  }, [player, f, span, xywh]);
}
