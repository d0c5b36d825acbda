export { askAgain, type AskAgainOptions, mayPass } from "./ask-again.ts";
export { createFirstcomeClient, type FirstcomeAddresses, type FirstcomeClient } from "./firstcome-client.ts";
export type { IssueAnswer } from "./issuing/issue-answer.ts";
export type { IssueOptions, IssuerOptions } from "./issuing/issuer.ts";
