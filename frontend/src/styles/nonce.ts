/** The word by which this page's policy knows styles that are made while it runs. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? '';

// What holds the page still under a dialog (react-remove-scroll, within Mantine) is told of it nowhere but here.
Object.assign(globalThis, { __webpack_nonce__: nonce });
