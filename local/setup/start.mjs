import { readArguments } from './arguments.mjs';
import { build } from './build.mjs';
import { installDependencies } from './dependencies.mjs';
import { checkJava } from './java-version.mjs';

const options = readArguments();
checkJava();
installDependencies();
build();
const { main } = await import('../dist/main.js');
await main(options);
