/** Wrappers of handlers: what a handler throws is told to its caller as the service says. */
export interface Answering {
  /** For a method that answers once: at once, or with a promise. */
  readonly answering: <Q, C, A>(handler: (request: Q, ctx: C) => A) => (request: Q, ctx: C) => A;
  /** For a method that answers with a stream. */
  readonly streaming: <Q, C, R>(
    handler: (request: Q, ctx: C) => AsyncIterable<R>,
  ) => (request: Q, ctx: C) => AsyncIterable<R>;
}

/**
 * Gives the faults of a service's domain their status, in one place for all of its methods.
 *
 * @param toStatus what the caller is told of a fault: an RpcError, or the fault itself for what is none
 */
export function answeringWith(toStatus: (error: unknown) => unknown): Answering {
  const fail = (error: unknown): never => {
    throw toStatus(error);
  };
  return {
    answering: (handler) => {
      // Not a function that awaits: there is nothing to do when all goes well.
      return (request, ctx) => {
        try {
          const answer = handler(request, ctx);
          return answer instanceof Promise ? (answer.catch(fail) as typeof answer) : answer;
        } catch (error) {
          return fail(error);
        }
      };
    },
    streaming: (handler) =>
      async function* answer(request, ctx) {
        try {
          yield* handler(request, ctx);
        } catch (error) {
          throw toStatus(error);
        }
      },
  };
}
