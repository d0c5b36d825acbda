import { connect } from "node:net";

const TIMEOUT_MS = 1_000;

/**
 * The pid of the Redis that answers on a loopback port, or undefined while it loads its data. Spoken by hand: a client library
 * would reconnect on its own, and this is one question.
 *
 * @throws when nothing answers within a second.
 */
export async function redisProcessId(port: number): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const socket = connect({ port, host: "127.0.0.1" });
  let reply = "";
  socket.setEncoding("utf8").setTimeout(TIMEOUT_MS);
  socket.on("timeout", () => socket.destroy(new Error("Redis did not answer within a second")));
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("Redis closed the connection")));
  socket.on("data", (text: string) => {
    reply += text;
    const processId = /process_id:(\d+)\r/.exec(reply);
    if (processId !== null) {
      // PING is refused with -LOADING until the data is read; INFO is answered all the time.
      resolve(reply.startsWith("+PONG") ? Number(processId[1]) : undefined);
      socket.destroy();
    }
  });
  socket.write("PING\r\nINFO server\r\n");
  return await promise;
}
