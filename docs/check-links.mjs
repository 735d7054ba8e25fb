// `npm run links:check`: every link of a page, and every page that a source file names, must exist, with its heading,
// and every page below docs/ must be linked from another one.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(md|[cm]?[jt]s|json|ya?ml|sql|sh|example)$/.test(file) && existsSync(file));
const withoutCode = (text) =>
  text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, 'code');
/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (page) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading));

/** What a file refers to: links of a page from its own folder, `docs/….md` in a source from the root. */
function targetsOf(file) {
  const text = readFileSync(file, 'utf8');
  if (!file.endsWith('.md')) {
    const named = text.matchAll(/(?<![\w/.])(docs\/[\w./-]+\.md|[A-Z]+\.md)(#[\w-]+)?/g);
    return [...named].map(([, page, anchor]) => ({ page, anchor: anchor?.slice(1) }));
  }
  const links = withoutCode(text).matchAll(
    /(?:\]\(|(?:src|srcset)=")(?!\w+:)([^)\s"#]*)#?([^)"]*)[)"]/g,
  );
  return [...links].map(([, path, anchor]) => ({
    page: path === '' ? file : join(dirname(file), path),
    anchor: anchor === '' ? undefined : anchor,
  }));
}

const broken = files.flatMap((file) =>
  targetsOf(file)
    .filter(({ page, anchor }) => {
      if (!existsSync(page)) return true;
      return anchor !== undefined && statSync(page).isFile() && !anchorsOf(page).includes(anchor);
    })
    .map(({ page, anchor }) => `${file}: ${page}${anchor === undefined ? '' : `#${anchor}`}`),
);
const linked = new Set(
  files.flatMap((file) => targetsOf(file).flatMap(({ page }) => (page === file ? [] : [page]))),
);
const orphans = files.filter((file) => /^docs\/.*\.md$/.test(file) && !linked.has(file));
for (const line of broken) console.error(`leads nowhere: ${line}`);
for (const page of orphans) console.error(`no page links to: ${page}`);
process.exitCode = broken.length + orphans.length === 0 ? 0 : 1;
