import 'react';

declare module 'react' {
  interface CSSProperties {
    /** Places and shares that a style sheet computes with. */
    [name: `--${string}`]: string | number | undefined;
  }
}
