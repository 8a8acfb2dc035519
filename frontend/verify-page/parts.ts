/** The few parts this page is made of; text goes in as text, never as markup. */

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>>,
  text?: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** An input with its label and hint. */
export interface Field {
  whole: HTMLElement;
  label: HTMLElement;
  hint: HTMLElement;
  control: HTMLInputElement | HTMLTextAreaElement;
  files: () => FileList;
}

export function fieldOf(kind: 'input' | 'textarea', id: string): Field {
  const whole = element('div', { class: 'field' });
  const label = element('label', { for: id });
  const hint = element('p', { id: `${id}-hint`, class: 'dim' });
  const control = element(kind, { id, 'aria-describedby': hint.id });
  if (control instanceof HTMLTextAreaElement) {
    control.rows = 3;
    control.spellcheck = false;
  }
  whole.append(label, hint, control);
  const none = new DataTransfer().files;
  return { whole, label, hint, control, files: () => (control instanceof HTMLInputElement && control.files) || none };
}
