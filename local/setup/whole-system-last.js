const path = require('path');
const Sequencer = require('@jest/test-sequencer').default;

const wholeSystem = path.resolve(__dirname, '..', '..', 'tests') + path.sep;

/** What is quick fails first: the tests of the whole system come after all others. */
module.exports = class WholeSystemLast extends Sequencer {
  sort(tests) {
    const last = (test) => Number(test.path.startsWith(wholeSystem));
    return super.sort(tests).sort((a, b) => last(a) - last(b));
  }
};
