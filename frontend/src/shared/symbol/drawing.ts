import milsymbol from 'milsymbol';

/** The symbol as an element, or null when the code says nothing that can be drawn. */
export function drawn(sidc: string, size: number): Element | null {
  const symbol = new milsymbol.Symbol(sidc, {
    size,
    infoColor: 'currentColor',
    outlineColor: 'var(--halo)',
    outlineWidth: 5,
  });
  return symbol.isValid() === true ? symbol.asDOM() : null;
}
