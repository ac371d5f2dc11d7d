import ms from 'ms';

/** When a reminder is due that was set at `start`: `in` is a span such as '90s' or '2 days'. */
export function dueAt(reminder, start) {
  const span = ms(reminder.in);
  if (span === undefined) {
    throw new TypeError(`not a span of time: ${reminder.in}`);
  }
  return start + span;
}

/** The times at which reminders are due, the next one first. */
export function schedule(reminders, start) {
  return reminders.map((reminder) => dueAt(reminder, start)).sort();
}
