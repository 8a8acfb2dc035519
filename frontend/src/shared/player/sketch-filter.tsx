import { useSyncExternalStore } from 'react';

import styles from './stage.module.css';

const ID = 'player-sketch';

/**
 * A line drawing of what is behind it, as an SVG filter: the picture in grey and calmed, its difference with itself
 * a point further (across and down), on light paper. Differences by blending need no convolution and have no sign.
 */
export function SketchFilter() {
  return (
    <svg className={styles['filters']} aria-hidden="true" focusable="false" width="0" height="0">
      <filter id={ID} x="0" y="0" width="1" height="1" colorInterpolationFilters="sRGB">
        <feColorMatrix type="saturate" values="0" />
        <feGaussianBlur stdDeviation="0.9" result="calm" />
        <feOffset in="calm" dx="1" dy="0" result="right" />
        <feOffset in="calm" dx="-1" dy="0" result="left" />
        <feBlend in="right" in2="left" mode="difference" result="across" />
        <feOffset in="calm" dx="0" dy="1" result="below" />
        <feOffset in="calm" dx="0" dy="-1" result="above" />
        <feBlend in="below" in2="above" mode="difference" result="down" />
        <feComposite in="across" in2="down" operator="arithmetic" k1="0" k2="4" k3="4" k4="0" />
        <feComponentTransfer>
          <feFuncR type="linear" slope="-0.75" intercept="0.91" />
          <feFuncG type="linear" slope="-0.75" intercept="0.91" />
          <feFuncB type="linear" slope="-0.75" intercept="0.91" />
          <feFuncA type="linear" slope="0" intercept="1" />
        </feComponentTransfer>
      </filter>
    </svg>
  );
}

const never = () => () => undefined;

/** Whether a sketch can be drawn here. A filter that is not there would show the picture bare: then it is blurred. */
export function useSketching(): boolean {
  return useSyncExternalStore(never, () => CSS.supports('filter', `url(#${ID})`) && 'SVGFEBlendElement' in window);
}
