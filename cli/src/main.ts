#!/usr/bin/env node
import { outbox } from './outbox';

// As images and programs run it: the environment says everything. A checkout runs bin/outbox.mjs.
void outbox(process.argv.slice(2));
