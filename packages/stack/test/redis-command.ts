import { connect } from "node:net";
import { text } from "node:stream/consumers";

/**
 * Sends one inline command and gives the words of the reply, without their lengths. The stack package has no Redis client, and a test
 * that kills servers is better off without one that reconnects.
 */
export async function redisCommand(url: string, command: string): Promise<string[]> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(`${command}\r\nQUIT\r\n`);
  const lines = (await text(socket)).split("\r\n").slice(0, -2);
  return lines.filter((line) => !/^[*$]/.test(line)).map((line) => line.replace(/^[+]/, ""));
}
