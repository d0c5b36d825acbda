import { Health, ServingStatus } from "@firstcome/contracts/health";
import { Bell } from "@firstcome/runtime";
import { notFound } from "../errors/rpc-error.ts";
import { implementPublic, type ServiceImplementation } from "./implement.ts";

/** Whether the server takes calls: one truth for the server as a whole ("") and all its services. */
export class HealthState {
  readonly #services: ReadonlySet<string>;
  #serving = true;
  readonly #changes = new Bell();

  constructor(services: readonly string[]) {
    this.#services = new Set(["", Health.typeName, ...services]);
  }

  get serving(): boolean {
    return this.#serving;
  }

  setServing(serving: boolean): void {
    if (serving === this.#serving) return;
    this.#serving = serving;
    this.#changes.ring();
  }

  /** Resolves at the next change, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return this.#changes.next(signal);
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
      for (let told: ServingStatus | undefined; ;) {
        // What changes while an answer is on its way is found by the next look.
        for (let status = state.statusOf(service); status !== told; status = state.statusOf(service)) {
          told = status;
          yield { status };
        }
        if (over.aborted) return;
        await state.changed(over);
      }
    },
  });
}
