const assert = require('node:assert/strict');
const { test } = require('node:test');

const { render } = require('../src/receipt.js');

test('every line and the total are written', () => {
  const message = '{"lines": [{"name": "tea", "cents": 320}, {"name": "cake", "cents": 455}], "total": 775}';
  assert.equal(render(message), 'tea: 3.20 €\ncake: 4.55 €\ntotal: 7.75 €');
});

test('the total stands out on a terminal', () => {
  assert.match(render('{"lines": [], "total": 775}', { color: true }), /^\x1b\[1mtotal: 7\.75 €/);
});
