import { connect } from "node:net";

const TIMEOUT_MS = 5_000;
const END = "+PONG\r\n";

/**
 * Sends one command to a Redis on a loopback port and gives the reply as it stands on the wire. For the few orders that make a replica, a
 * sentinel or a cluster out of servers: this package has no Redis client.
 *
 * @throws what Redis says when it refuses, and when it does not answer.
 */
export async function askRedis(port: number, ...words: readonly (string | number)[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const command = words.slice(0, 2).join(" ");
  const socket = connect({ port, host: "127.0.0.1", timeout: TIMEOUT_MS });
  let reply = "";
  socket.setEncoding("utf8");
  socket.on("timeout", () => socket.destroy(new Error(`Redis did not answer ${command} within ${TIMEOUT_MS} ms`)));
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`Redis closed the connection at ${command}`)));
  socket.on("data", (text: string) => {
    reply += text;
    if (reply.endsWith(END)) {
      resolve(reply.slice(0, -END.length));
      socket.destroy();
    }
  });
  // The answer to the second command says where that to the first one ends.
  socket.write(`${words.join(" ")}\r\nPING\r\n`);
  const answer = await promise;
  if (answer.startsWith("-")) {
    throw new Error(`Redis refused ${command}: ${answer.slice(1).trimEnd()}`);
  }
  return answer;
}
