import type { RankingAdminService } from "@firstcome/contracts/ranking";
import type { Handler } from "@firstcome/rpc";
import type { PopularAnswers } from "../popular/popular-answers.ts";
import { popularMessage, queryOf } from "./popular-message.ts";

interface RefreshDeps {
  readonly answers: Pick<PopularAnswers, "refresh">;
}

export function refreshPopularProducts(
  app: RefreshDeps,
): Handler<typeof RankingAdminService, "refreshPopularProducts"> {
  return async (request) => {
    const { popular, productsSold } = await app.answers.refresh(queryOf(request));
    return { popular: popularMessage({ popular, stale: false }), productsSold };
  };
}
