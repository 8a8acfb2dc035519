/** One frame as a picture file, with a caption file that says of what it is. */

import type { Region, ShieldKind } from './contract';
import { fragmentOf } from './fragments';
import { shieldCanvas } from './shields';
import type { VideoPlayer } from './store';
import { timecode } from './timecode';

/** What stands in the caption file beside a still. */
export interface Caption {
  readonly item: string;
  /** `sha256:` and the digest of the preserved original, whatever copy was played. */
  readonly original: string;
  /** Counted from 0 in presentation order. */
  readonly frame: number;
  readonly frames: number;
  /** Presentation time in the original, in seconds. */
  readonly time_s: number;
  readonly timecode: string;
  /** The frame and the region as a W3C media fragment. */
  readonly fragment: string;
  readonly region_percent: Region | null;
  readonly shield: ShieldKind;
  readonly width: number;
  readonly height: number;
  readonly is_from_original: boolean;
  /** Whether a high dynamic range was fitted to a usual screen: brightness and colours are not as recorded. */
  readonly is_tone_mapped: boolean;
  readonly still: string;
  readonly still_sha256: string;
  readonly made_at: string;
}

/** Why there is no still now. */
export class NoStill extends Error {
  override readonly name = 'NoStill';
}

export interface Subject {
  readonly item: string;
  readonly original: string;
  readonly isFromOriginal: boolean;
  readonly isToneMapped: boolean;
}

/**
 * The frame on the screen behind a shield, in the size the video has. Throws NoStill where the decoder has not
 * confirmed this frame, or shows another one by the time the picture is taken.
 */
export async function takeStill(
  player: VideoPlayer,
  subject: Subject,
  shield: ShieldKind,
  frame: number,
): Promise<{ picture: Blob; caption: Caption }> {
  const { frame: shown, confirmed, playing, region } = player.state();
  const screen = player.screen();
  if (!screen || !confirmed || playing || shown !== frame) throw new NoStill('the frame is not confirmed');
  const canvas = document.createElement('canvas');
  canvas.width = screen.videoWidth;
  canvas.height = screen.videoHeight;
  canvas.getContext('2d')?.drawImage(screen, 0, 0, canvas.width, canvas.height);
  const after = player.state();
  if (after.frame !== frame || !after.confirmed) throw new NoStill('the frame changed meanwhile');
  shieldCanvas(canvas, shield);
  const picture = await new Promise<Blob | null>((made) => canvas.toBlob(made, 'image/png'));
  if (!picture) throw new NoStill('the picture could not be written');
  const time_s = player.timeOf(frame);
  const caption: Caption = {
    item: subject.item,
    original: `sha256:${subject.original.replace(/^sha256:/, '')}`,
    frame,
    frames: player.frames,
    time_s: Number(time_s.toFixed(6)),
    timecode: timecode(time_s),
    fragment: fragmentOf(player, { from: frame, to: frame }, region),
    region_percent: region,
    shield,
    width: canvas.width,
    height: canvas.height,
    is_from_original: subject.isFromOriginal,
    is_tone_mapped: subject.isToneMapped,
    still: `${nameOf(subject.item, frame, shield)}.png`,
    still_sha256: `sha256:${await sha256(picture)}`,
    made_at: new Date().toISOString(),
  };
  return { picture, caption };
}

/** Hands both files to the browser's downloads. */
export function download({ picture, caption }: { picture: Blob; caption: Caption }): void {
  save(picture, caption.still);
  const text = `${JSON.stringify(caption, null, 2)}\n`;
  save(new Blob([text], { type: 'application/json' }), caption.still.replace(/png$/, 'json'));
}

function nameOf(item: string, frame: number, shield: ShieldKind): string {
  return `${item}_f${String(frame).padStart(6, '0')}${shield === 'clear' ? '' : `_${shield}`}`;
}

async function sha256(blob: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
