import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { eventually } from "@firstcome/testkit";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { TcpProxy } from "../src/proxy/tcp-proxy.ts";

let server: Server;
let proxy: TcpProxy;
let targetPort: number | undefined;
/** The server's ends of the connections. */
let accepted: Socket[];
/** What is delayed, for how long and until when. */
let delayed: { ms: number; pass: () => void }[];

beforeEach(async () => {
  accepted = [];
  delayed = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket.on("error", () => undefined));
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  targetPort = (server.address() as AddressInfo).port;
  const wait = (ms: number): Promise<void> => new Promise((pass) => void delayed.push({ ms, pass }));
  proxy = await TcpProxy.listen(() => targetPort, wait);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const socket of accepted) socket.destroy();
  server.close();
});

/** A client of the echo behind the proxy, and all that it has heard. */
function client(): { socket: Socket; heard: () => string; ended: Promise<"end" | "reset"> } {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  const ended = new Promise<"end" | "reset">((resolve) => {
    socket.on("error", () => resolve("reset")).on("end", () => resolve("end"));
  });
  return { socket, heard: () => text, ended };
}

/** A client whose connection is known to work. */
async function connected(): Promise<ReturnType<typeof client>> {
  const one = client();
  one.socket.write("hello.");
  await eventually(() => one.heard() === "hello.");
  return one;
}

/** Resolves when the proxy, which runs in this process too, has taken in what was sent to it before. */
async function heardOfByProxy(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** Resolves when a number has not changed for a while. */
async function standsStill(number: () => number | undefined): Promise<void> {
  let seen: number | undefined;
  let times = 0;
  await eventually(() => {
    times = number() === seen ? times + 1 : 0;
    seen = number();
    return times > 20;
  });
}

describe("TcpProxy", () => {
  it("passes on what is said, much of it too, and the end of each direction", async () => {
    const { socket, heard, ended } = client();
    const much = "much ".repeat(1_000_000);
    socket.end(much);
    expect(await ended).toBe("end");
    expect(heard() === much).toBe(true);
    await eventually(() => proxy.connections === 0);
  });

  it("shows the client a reset of the server, and the server one of the client", async () => {
    const first = await connected();
    accepted[0]?.resetAndDestroy();
    expect(await first.ended).toBe("reset");

    const second = await connected();
    second.socket.resetAndDestroy();
    await eventually(() => accepted[1]?.destroyed === true);
    await eventually(() => proxy.connections === 0);
  });

  it("resets a client whose server is down, and serves the next one when it is up", async () => {
    const up = targetPort;
    targetPort = undefined;
    expect(await client().ended).toBe("reset");
    targetPort = 1;
    expect(await client().ended).toBe("reset");
    targetPort = up;
    await connected();
  });

  it("cuts every connection and lets new ones come about", async () => {
    const cut = [await connected(), await connected()];
    proxy.cut();
    expect(await Promise.all(cut.map(({ ended }) => ended))).toEqual(["reset", "reset"]);
    await connected();
  });

  it("refuses new connections only, until it accepts again", async () => {
    const old = await connected();
    proxy.refuse();
    expect(await client().ended).toBe("reset");
    old.socket.write("still here");
    await eventually(() => old.heard() === "hello.still here");
    proxy.accept();
    await connected();
  });

  it.each(["requests", "answers"] as const)("holds back %s alone, and passes all of it on later", async (direction) => {
    const { socket, heard } = await connected();
    const before = accepted[0]?.bytesRead ?? 0;
    proxy[direction].shut();
    socket.write("one ");
    // What a second client is answered would have come back by now, were the first one not held back.
    const other = direction === "answers" ? accepted[0] : undefined;
    if (other) await eventually(() => other.bytesRead === before + 4);
    const late = client();
    late.socket.write("late");
    if (direction === "answers") await eventually(() => accepted[1]?.bytesRead === 4);
    else await eventually(() => accepted.length === 2);
    expect([heard(), late.heard()]).toEqual(["hello.", ""]);
    if (direction === "requests") expect([accepted[0]?.bytesRead, accepted[1]?.bytesRead]).toEqual([before, 0]);

    proxy[direction].open();
    await eventually(() => heard() === "hello.one " && late.heard() === "late");
  });

  it("can cut a connection that it holds back", async () => {
    const { socket, ended } = await connected();
    proxy.requests.shut();
    socket.write("never heard");
    proxy.cut();
    expect(await ended).toBe("reset");
    await eventually(() => proxy.connections === 0);
    proxy.requests.open();
  });

  it("can cut a connection whose client does not read what it is sent", async () => {
    const { socket } = await connected();
    socket.pause();
    accepted[0]?.write(Buffer.alloc(50_000_000));
    await standsStill(() => accepted[0]?.bytesWritten);
    proxy.cut();
    await eventually(() => accepted[0]?.destroyed === true);
    await eventually(() => expect(proxy.connections).toBe(0));
  });

  it("can cut a connection at whatever moment of its end", async () => {
    for (let moment = 0; moment < 12; moment++) {
      await connected();
      proxy.answers.shut();
      accepted.at(-1)?.end();
      await heardOfByProxy();
      proxy.answers.open();
      for (let i = 0; i < moment; i++) await Promise.resolve();
      proxy.cut();
      await eventually(() => expect(proxy.connections).toBe(0));
    }
  });

  it("delays what passes, in its order", async () => {
    const { socket, heard } = await connected();
    proxy.requests.delay(50);
    socket.write("one ");
    await eventually(() => delayed.length === 1);
    proxy.requests.delay(0);
    socket.write("two");
    // What a second client is answered shows that the first one's would be here by now, were it not held back.
    await connected();
    expect([heard(), delayed[0]?.ms]).toEqual(["hello.", 50]);
    delayed[0]?.pass();
    await eventually(() => heard() === "hello.one two");
    expect(delayed).toHaveLength(1);
  });
});
