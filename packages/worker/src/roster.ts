import { type Capacity, type Load, shareOut } from "./capacity.ts";
import type { Session } from "./session.ts";
import type { Attachment } from "./session-host.ts";

export interface RosterSpec {
  capacity: Capacity;
  /** What is in hand, of the sessions of which `belongs` says so. */
  load: (belongs: (session: Session) => boolean) => Load;
}

/** The sessions that have not ended, and how they share the worker's capacity. */
export class Roster implements Iterable<Session> {
  readonly #spec: RosterSpec;
  readonly #sessions = new Set<Session>();
  #capacity: Capacity;
  #sharing: NodeJS.Immediate | undefined;

  constructor(spec: RosterSpec) {
    this.#spec = spec;
    this.#capacity = spec.capacity;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }

  get attachments(): Attachment[] {
    return this.#taking().flatMap(({ attachment }) => attachment ?? []);
  }

  add(session: Session): void {
    this.#sessions.add(session);
  }

  delete(session: Session): void {
    this.#sessions.delete(session);
  }

  /** One through which something can be said, rather one that stays. */
  anyOpen(): Session | undefined {
    return this.#taking()[0] ?? [...this.#sessions].find((session) => session.open);
  }

  setCapacity(capacity: Capacity): void {
    this.#capacity = capacity;
    this.share();
  }

  /** Tells every session its share anew, once the event loop turns. */
  share(): void {
    if (this.#sharing) return;
    this.#sharing = setImmediate(() => {
      this.#sharing = undefined;
      const sessions = this.#taking();
      for (const [index, share] of this.#shares(sessions.length).entries()) sessions[index]?.offer(share);
    });
  }

  /** What one more session may take; the others are told to make room when it is registered. */
  nextShare(): Capacity {
    return this.#shares(this.#taking().length + 1).at(-1) ?? this.#capacity;
  }

  /** Work of sessions that are leaving or gone still fills this worker's hands. */
  #shares(sessions: number): Capacity[] {
    const elsewhere = this.#spec.load((session) => !session.taking);
    return shareOut(this.#capacity, elsewhere, sessions);
  }

  #taking(): Session[] {
    return [...this.#sessions].filter((session) => session.taking);
  }
}
