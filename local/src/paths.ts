import { join, resolve } from 'node:path';

/** The checkout this file belongs to; the same from src/ (tests) and from dist/. */
export const checkout = resolve(__dirname, '..', '..');

/** Jars depend on pom.xml only, so that all stacks of a checkout share them. */
export const jarsDirectory = join(checkout, '.local', 'jars');
