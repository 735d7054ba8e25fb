import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../../src/paths';

/**
 * Reads a table of a page of this checkout, so that a test can hold the system to it.
 *
 * @param heads the first words of its header, which no other table there has
 * @returns its rows, a text for each cell, without the marks of code
 * @throws when the page has no such table
 */
export function tableOfPage(page: string, ...heads: string[]): string[][] {
  const lines = readFileSync(join(checkout, page), 'utf8').split('\n').map(cellsOf);
  const header = lines.findIndex((cells) => heads.every((head, i) => cells[i] === head));
  if (header < 0) throw new Error(`${page} has no table of ${heads.join(', ')}`);
  const rest = lines.slice(header + 2);
  const end = rest.findIndex((cells) => cells.length === 0);
  return end < 0 ? rest : rest.slice(0, end);
}

/** No cells: the line is none of a table. */
function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  const cells = line.split('|').slice(1, -1);
  return cells.map((cell) => cell.replaceAll('`', '').trim());
}
