import { once } from "node:events";
import { connect, createServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { AsyncQueue } from "@firstcome/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { ReadingRounds } from "../src/server/reading-rounds.ts";

describe("reading rounds", () => {
  it("let those who were not heard yet come before those who were", async () => {
    const { rounds, anna, bora, heard } = await converse();
    await anna.send();
    expect(await heard()).toBe("anna");
    rounds.pause();
    await anna.send();
    await bora.send();

    expect(rounds.nextTurn(true)).toBe(true);
    expect(await heard()).toBe("bora");
    expect(rounds.nextTurn(false)).toBe(false);
    expect(await heard()).toBe("anna");
  });

  it("begin anew when everybody was heard", async () => {
    const { rounds, anna, bora, heard } = await converse();
    await anna.send();
    await heard();
    await bora.send();
    await heard();
    rounds.pause();
    await bora.send();
    await anna.send();
    expect(rounds.nextTurn(true)).toBe(false);
    expect(new Set([await heard(), await heard()])).toEqual(new Set(["anna", "bora"]));
  });

  it("go on without a connection that ended meanwhile", async () => {
    const { rounds, anna, bora, heard } = await converse();
    await anna.send();
    await heard();
    rounds.pause();
    await bora.cutOff();
    await anna.send();
    expect(rounds.nextTurn(true)).toBe(false);
    expect(await heard()).toBe("anna");
  });
});

/** A server that reads two connections by rounds. */
async function converse() {
  const rounds = new ReadingRounds();
  const names = new Map<ServerHttp2Session | undefined, string>();
  const calls = new AsyncQueue<string>({ capacity: 100 });
  const server = createServer();
  server.on("session", (session) => rounds.add(session));
  server.on("stream", (stream: ServerHttp2Stream) => {
    const session = stream.session as ServerHttp2Session;
    rounds.heard(session);
    calls.push(names.get(session) ?? "?");
    stream.respond({}, { endStream: true });
    stream.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const join = async (name: string) => {
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(() => client.destroy());
    const [[session]] = await Promise.all([once(server, "session"), once(client, "remoteSettings")]);
    names.set(session as ServerHttp2Session, name);
    return {
      async send() {
        client
          .request({ ":method": "POST" })
          .on("error", () => {})
          .resume()
          .end();
        // It leaves at the end of the turn.
        await new Promise(setImmediate);
        await new Promise(setImmediate);
      },
      async cutOff() {
        (session as ServerHttp2Session).destroy();
        if (!(session as ServerHttp2Session).closed) await once(session as ServerHttp2Session, "close");
      },
    };
  };
  const anna = await join("anna");
  const bora = await join("bora");
  return { rounds, anna, bora, heard: async () => (await calls.next()).value };
}
