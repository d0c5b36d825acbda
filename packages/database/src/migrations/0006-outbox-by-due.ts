import type { Migration } from "./migration.ts";
import { unlessPresent } from "./unless-present.ts";

// How far deliveries are behind is looked at every few seconds, and costs most when the outbox is long and the database has
// most to do: the oldest that is due is the first entry of this key, not what a look at the whole table comes to.
export const outboxByDue: Migration = {
  name: "0006-outbox-by-due",
  statements: unlessPresent(
    "information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'outbox' AND index_name = 'outbox_due'",
    "ALTER TABLE outbox ADD KEY outbox_due (kind, due_at)",
  ),
};
