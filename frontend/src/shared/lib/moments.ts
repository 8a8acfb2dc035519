/** Seconds as people read them in a video: `1:02:03.4`, `0:12.0`. */
export function momentWords(seconds: number): string {
  const tenths = Math.round(Math.abs(seconds) * 10);
  const hours = Math.floor(tenths / 36_000);
  const minutes = Math.floor((tenths % 36_000) / 600);
  const rest = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  const start = hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : `${minutes}`;
  return `${seconds < 0 && tenths > 0 ? '−' : ''}${start}:${rest}`;
}
