import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dueAt, schedule } from '../src/reminders.js';

test('a reminder is due after its span', () => {
  assert.equal(dueAt({ text: 'tea', in: '4 min' }, 1000), 241_000);
});

test('a span that nobody understands is refused', () => {
  assert.throws(() => dueAt({ text: 'tea', in: 'soon' }, 0), TypeError);
});

test('the next reminder comes first', () => {
  assert.deepEqual(schedule([{ in: '2h' }, { in: '1h' }], 0), [3_600_000, 7_200_000]);
});
