/** What all dispatchers of a hand-off share besides the batches. */
export interface DispatchControl {
  pause(): Promise<void>;
  resume(): Promise<void>;
  paused(): Promise<boolean>;
  /** 일련번호: unique among all workers of all dispatchers, growing. */
  nextWorkerSerial(): Promise<string>;
}
