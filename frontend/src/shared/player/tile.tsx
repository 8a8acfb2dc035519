import type { Playback } from './contract';
import styles from './tile.module.css';

export type Sprite = NonNullable<Playback['sprite']>;

/** One of the small pictures of a sprite, by its number. */
export function Tile({ sprite, address, number }: { sprite: Sprite; address: string; number: number }) {
  const [row, column] = [Math.floor(number / sprite.columns), number % sprite.columns];
  return (
    <span className={styles['tile']} style={{ width: sprite.tile_width, height: sprite.tile_height }}>
      <img
        src={address}
        alt=""
        draggable={false}
        style={{ left: -column * sprite.tile_width, top: -row * sprite.tile_height }}
        width={sprite.columns * sprite.tile_width}
        height={sprite.rows * sprite.tile_height}
      />
    </span>
  );
}
