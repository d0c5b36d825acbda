import { connect } from "node:net";
import { once } from "node:events";
import { SupervisedProcess } from "../processes/supervised-process.ts";
import { PrivateServer } from "./private-server.ts";
import type { RunDirectory } from "./run-directory.ts";

/**
 * Erlang's name server, of our own. A node that finds none starts one that stays behind for ever, and takes the machine's when there is
 * one; this one is there first, on a port that nobody else asks.
 */
export class EpmdServer extends PrivateServer {
  readonly #program: string;

  /** @param program the path of `epmd`. */
  constructor(program: string, directory: RunDirectory) {
    super("epmd", directory);
    this.#program = program;
  }

  get url(): string {
    return `epmd://127.0.0.1:${this.port}`;
  }

  protected override async spawn(port: number): Promise<SupervisedProcess> {
    return await SupervisedProcess.spawn({
      program: this.#program,
      args: ["-address", "127.0.0.1", "-port", String(port)],
    });
  }

  /** It does not say who it is. But it ends at once when it does not get its port. */
  protected override async isReady(port: number): Promise<boolean> {
    const socket = connect({ port, host: "127.0.0.1" });
    try {
      await once(socket, "connect");
      return true;
    } finally {
      socket.destroy();
    }
  }
}
