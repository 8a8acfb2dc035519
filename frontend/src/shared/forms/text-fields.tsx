import { Textarea, TextInput } from '@mantine/core';

interface Field {
  label: string;
  description?: string;
  required?: boolean;
  /** A dialog opens with the cursor in it. */
  'data-autofocus'?: boolean | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** A line of words, as long as the server takes one. */
export function LineField({ onChange, ...field }: Field) {
  return <TextInput {...field} maxLength={300} onChange={(event) => onChange(event.currentTarget.value)} />;
}

/** A paragraph of words, as long as the server takes one. */
export function ParagraphField({ onChange, ...field }: Field) {
  return <Textarea {...field} maxLength={10_000} onChange={(event) => onChange(event.currentTarget.value)} />;
}
