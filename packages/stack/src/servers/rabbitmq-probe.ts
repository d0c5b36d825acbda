import { connect } from "node:net";

const TIMEOUT_MS = 1_000;
// "AMQP" and the version; the server answers with a frame that tells its properties.
const GREETING = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
// A table entry: the name, the type (a long string), its length in four bytes, its text.
const CLUSTER_NAME = Buffer.from("\u000ccluster_nameS", "latin1");

/**
 * The cluster name of the RabbitMQ that answers on a loopback port, `<node>@<host>` unless configured: who it is, not only that it is
 * there. Spoken by hand: a client library would want to log in.
 *
 * @throws when nothing answers within a second.
 */
export async function rabbitmqClusterName(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ port, host: "127.0.0.1" });
  let reply = Buffer.alloc(0);
  socket.setTimeout(TIMEOUT_MS);
  socket.on("timeout", () => socket.destroy(new Error("RabbitMQ did not answer within a second")));
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("RabbitMQ closed the connection")));
  socket.on("data", (data: Buffer) => {
    reply = Buffer.concat([reply, data]);
    const name = clusterNameIn(reply);
    if (name !== undefined) {
      resolve(name);
      socket.destroy();
    }
  });
  socket.write(GREETING);
  return await promise;
}

function clusterNameIn(reply: Buffer): string | undefined {
  const at = reply.indexOf(CLUSTER_NAME);
  const text = at + CLUSTER_NAME.length + 4;
  if (at < 0 || reply.length < text) {
    return undefined;
  }
  const end = text + reply.readUInt32BE(text - 4);
  return reply.length < end ? undefined : reply.toString("utf8", text, end);
}
