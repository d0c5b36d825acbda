import { describe, expect, it } from "vitest";
import { type Place, Turns } from "../../src/storage/turns.ts";

/** Whose turn it is, by now. */
function watching(): { queue: (turns: Turns, name: string) => Place; begun: () => Promise<string[]> } {
  const names: string[] = [];
  return {
    queue(turns, name) {
      const place = turns.queue();
      void place.turn.then(() => names.push(name));
      return place;
    },
    // Whatever is resolved is told by the next turn of the event loop.
    begun: () => new Promise((resolve) => setImmediate(() => resolve(names))),
  };
}

describe("Turns", () => {
  it("are given to so many at a time, in the order in which they came", async () => {
    const { queue, begun } = watching();
    const turns = new Turns(2);
    const [a, b] = ["a", "b", "c", "d"].map((name) => queue(turns, name));
    expect(await begun()).toEqual(["a", "b"]);

    b?.leave();
    expect(await begun()).toEqual(["a", "b", "c"]);
    a?.leave();

    expect(await begun()).toEqual(["a", "b", "c", "d"]);
  });

  it("pass over who has left the queue, and are given back once however often one leaves", async () => {
    const { queue, begun } = watching();
    const turns = new Turns(1);
    const [a, b] = ["a", "b", "c", "d"].map((name) => queue(turns, name));

    b?.leave();
    a?.leave();
    a?.leave();

    expect(await begun()).toEqual(["a", "c"]);
  });
});
