import type { Link, ProcessTitle } from "../topology.ts";

export const PROCESS_FAULTS = ["kill", "freeze", "restart"] as const;
export const LINK_FAULTS = ["cut", "refuse", "delay", "stall"] as const;

interface Timing {
  /** From 1, in the order of the plan. */
  readonly no: number;
  /** When it begins, in ms from the start of the faults. */
  readonly atMs: number;
  /** How long it lasts; what has to be started again is started after that. */
  readonly lastsMs: number;
}

export interface ProcessFault extends Timing {
  /** SIGKILL, SIGSTOP until SIGCONT, SIGTERM. */
  readonly kind: (typeof PROCESS_FAULTS)[number];
  readonly target: ProcessTitle;
}

export interface LinkFault extends Timing {
  /**
   * cut: every connection is reset; new ones come about. refuse: so are new ones. delay: every read is held back. stall:
   * nothing gets through in one direction, and no connection ends.
   */
  readonly kind: (typeof LINK_FAULTS)[number];
  readonly target: Link;
  /** Of a delay: for how long each read is held back. */
  readonly byMs?: number;
  /** Of a stall: what is held back are requests (to the server) or answers (to the client). */
  readonly direction?: "requests" | "answers";
}

/** MySQL refuses the rows of some winners, who become dead letters, until the rule is gone that it does so by. */
export interface RowFault extends Timing {
  readonly kind: "refuse-rows";
  readonly target: "mysql";
}

export type Fault = ProcessFault | LinkFault | RowFault;

export function isLinkFault(fault: Fault): fault is LinkFault {
  return (LINK_FAULTS as readonly string[]).includes(fault.kind);
}

export function isRowFault(fault: Fault): fault is RowFault {
  return fault.kind === "refuse-rows";
}

/** For people: "kill redis for 1.2 s". */
export function describeFault(fault: Fault): string {
  const { kind, target, lastsMs } = fault;
  const span = lastsMs > 0 ? ` for ${(lastsMs / 1_000).toFixed(1)} s` : "";
  if (!isLinkFault(fault)) return `${kind} ${target}${span}`;
  const how = fault.byMs === undefined ? (fault.direction ?? "") : `by ${fault.byMs} ms`;
  return `${kind} ${target}${how === "" ? "" : ` (${how})`}${span}`;
}
