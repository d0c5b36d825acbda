import { Health, ServingStatus } from "@firstcome/contracts/health";
import { notFound } from "../errors/rpc-error.ts";
import { implementPublic, type ServiceImplementation } from "./implement.ts";

/** Whether the server takes calls: one truth for the server as a whole ("") and all its services. */
export class HealthState {
  readonly #services: ReadonlySet<string>;
  #serving = true;
  #changed = Promise.withResolvers<void>();

  constructor(services: readonly string[]) {
    this.#services = new Set(["", Health.typeName, ...services]);
  }

  get serving(): boolean {
    return this.#serving;
  }

  setServing(serving: boolean): void {
    if (serving === this.#serving) return;
    this.#serving = serving;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Resolves at the next change. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  statusOf(service: string): ServingStatus {
    if (!this.#services.has(service)) return ServingStatus.SERVICE_UNKNOWN;
    return this.#serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }
}

/** grpc.health.v1 over a state. */
export function healthService(state: HealthState): ServiceImplementation {
  return implementPublic(Health, {
    async check({ service }) {
      const status = state.statusOf(service);
      if (status === ServingStatus.SERVICE_UNKNOWN)
        throw notFound("SERVICE_NOT_FOUND", `no such service: ${service}`, { service });
      return { status };
    },
    async *watch({ service }, { signal, draining }) {
      const over = AbortSignal.any([signal, draining]);
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      over.addEventListener("abort", () => end(), { once: true });
      for (let told: ServingStatus | undefined; ;) {
        // Asked for before the status is read, so that a change in between is not missed.
        const { changed } = state;
        const status = state.statusOf(service);
        if (status !== told) yield { status };
        told = status;
        if (over.aborted) return;
        await Promise.race([changed, ended]);
      }
    },
  });
}
