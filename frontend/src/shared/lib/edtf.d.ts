declare module 'edtf' {
  /** `min` and `max` are milliseconds since 1970 UTC; throws for what is not EDTF. */
  export default function edtf(text: string): { readonly min: number; readonly max: number };
}
