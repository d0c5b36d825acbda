# One image for all services; what runs is the command, as below with another name (there is no build step).
FROM node:26-slim AS manifests
WORKDIR /app
COPY . .
# Only what decides the dependencies, so that the layer below is built anew when they change and not with every edit.
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM node:26-slim
WORKDIR /app
COPY --from=manifests /app ./
# The workspaces stay links in node_modules: Node strips types outside of it only. The optional dependencies are Node itself.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY . .
ENV NODE_ENV=production
USER node
# The flag: docs/adr/0022-calls-die-young.md
CMD ["node", "--no-allocation-site-pretenuring", "services/coupon/src/main.ts"]
