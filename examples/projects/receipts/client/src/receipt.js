const { createColors } = require('picocolors');

/** An amount of money as people write it. */
function money(cents) {
  return `${Math.floor(cents / 100)}.${cents % 100} €`;
}

/** The receipt for a message of the service, a line for each article; `color` is for terminals. */
function render(message, { color = false } = {}) {
  const { bold } = createColors(color);
  const { lines, total } = JSON.parse(message);
  const rows = lines.map((line) => `${line.name}: ${money(line.cents)}`);
  return [...rows, bold(`total: ${money(total)}`)].join('\n');
}

module.exports = { money, render };
