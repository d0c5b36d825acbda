import type { ComposeProject } from "./compose-project.ts";
import type { LocalServer } from "./local-server.ts";
import type { ServerName } from "./server-programs.ts";

/** One server of a compose project; its data lives as long as the project. */
export class ComposeServer implements LocalServer {
  readonly url: string;
  readonly #project: ComposeProject;
  readonly #service: ServerName;

  constructor(project: ComposeProject, service: ServerName, url: string) {
    this.#project = project;
    this.#service = service;
    this.url = url;
  }

  async start(): Promise<void> {
    await this.#project.compose("up", "--detach", "--wait", this.#service);
  }

  async stop(): Promise<void> {
    await this.#project.compose("stop", this.#service);
  }

  async kill(): Promise<void> {
    await this.#project.compose("kill", this.#service);
  }

  async freeze(): Promise<void> {
    await this.#project.compose("pause", this.#service);
  }

  async thaw(): Promise<void> {
    await this.#project.compose("unpause", this.#service);
  }

  /** Nothing: the project removes its containers all at once. */
  async [Symbol.asyncDispose](): Promise<void> {}
}
