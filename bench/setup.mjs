import { build } from '../local/setup/build.mjs';
import { installDependencies } from '../local/setup/dependencies.mjs';
import { resolveJars } from '../local/setup/jars.mjs';
import { checkJava } from '../local/setup/java-version.mjs';

checkJava();
installDependencies();
build();
await resolveJars();
const { main } = await import('./dist/main.js');
await main(process.argv.slice(2));
