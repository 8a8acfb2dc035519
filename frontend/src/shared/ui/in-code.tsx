/** A sentence in which what is typed at a terminal stands between backticks. */
export function InCode({ children }: { children: string }) {
  return children.split('`').map((part, place) => (place % 2 === 1 ? <code key={part}>{part}</code> : part));
}
