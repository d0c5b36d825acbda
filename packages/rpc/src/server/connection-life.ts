import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Server } from "@grpc/grpc-js";
import { http2ServersOf } from "./http2-servers.ts";

export interface LifeLimits {
  /** After this, ±10 %, a connection is asked to go. */
  ageMs: number;
  /** How long the calls of one that was asked to go may still run; then it is cut off. */
  graceMs: number;
  /** How often a connection is pinged. */
  keepaliveMs: number;
  /** How long a pinged peer has to answer; then it is cut off. */
  answerMs: number;
}

export interface ConnectionLives {
  /** Cuts off all connections, whatever their peers do. */
  cutOff(): void;
}

/**
 * Asks old connections to go, pings all others, and cuts off those whose time is over or whose peers are dead.
 *
 * grpc-js has options for it, but fails calls so that would be answered, and with codes that no caller retries. Node refuses to
 * ping a connection that was asked to go, which grpc-js takes for a dead peer: at the next ping it destroys the connection with all
 * calls under way. And to destroy is to reset calls one by one: INTERNAL for their callers, or CANCELLED at a forced shutdown.
 * Here nobody is pinged who was asked to go, and being cut off is losing the connection: UNAVAILABLE. See ADR 0023.
 *
 * Must be called after the server is bound.
 */
export function limitConnectionLives(server: Server, limits: LifeLimits): ConnectionLives {
  // Those that are shaking hands for TLS, too, and have no session yet.
  const sockets = new Set<Socket>();
  for (const http2Server of http2ServersOf(server)) {
    http2Server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    http2Server.on("session", (session: ServerHttp2Session) => limitLife(session, limits));
  }
  return {
    cutOff: () => sockets.forEach(cutOff),
  };
}

function limitLife(session: ServerHttp2Session, { ageMs, graceMs, keepaliveMs, answerMs }: LifeLimits): void {
  const timers = { life: later(retire, ageMs * (0.9 + 0.2 * Math.random())), keepalive: later(ping, keepaliveMs) };
  // What this gives is the socket; `session.socket` stands for it, and would destroy the session in its place.
  const socket = session.socket.once("close", () => {
    clearTimeout(timers.life);
    clearTimeout(timers.keepalive);
  });

  function retire(): void {
    session.close();
    timers.life = later(() => cutOff(socket), graceMs);
  }

  function ping(): void {
    if (session.closed || session.destroyed) return;
    let answered = false;
    const cutOffUnlessAnswered = (): void => {
      if (!answered) cutOff(socket);
    };
    // In a process that stood still, timers run before the sockets are read, in which the answer lies.
    timers.keepalive = later(() => setImmediate(cutOffUnlessAnswered), answerMs);
    session.ping((cancelled) => {
      if (cancelled) return;
      answered = true;
      clearTimeout(timers.keepalive);
      timers.keepalive = later(ping, keepaliveMs);
    });
  }
}

/**
 * Not by a reset of the connection: Node's client takes one that comes after it was asked to go for the connection's regular
 * end, and grpc-js then tells its callers INTERNAL.
 */
function cutOff(socket: Socket): void {
  socket.destroySoon();
  const stuck = later(() => socket.destroy(), STUCK_MS);
  socket.once("close", () => clearTimeout(stuck));
}

/** Who reads nothing is never told, because what was sent before is in the way. So long it keeps its connection. */
export const STUCK_MS = 1_000;

function later(then: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(then, Math.min(ms, LONGEST_TIMER_MS)).unref();
}

/** A timer that is set for longer fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
