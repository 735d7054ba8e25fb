/**
 * Text that somebody else wrote, as it may be shown in a terminal or a log: what would move the cursor, change the colours, turn the
 * direction of writing or begin another line is written as `\u001b`. Within JSON these are escapes of its own.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** The same for text of several lines, whose line breaks are ours. */
export function printableLines(text: string): string {
  return text.replace(unprintable, (character) => (character === '\n' ? '\n' : escaped(character)));
}

const escaped = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Controls (C0, DEL, C1), line and paragraph separators, and what turns the direction of all that follows. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;
