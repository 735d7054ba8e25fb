import { setUp } from '../local/setup/set-up.mjs';

await setUp();
const { main } = await import('./dist/main.js');
await main(process.argv.slice(2));
