import { afterAll } from "vitest";
import { runCleanups } from "./file-cleanup.ts";

// Vitest runs this before each test file, and after-hooks in reverse: this one comes last.
afterAll(runCleanups);
