/** A whole configuration with every section, for the reference. Held by a test to what `parseConfig` accepts. */
export const configurationExample = `project: shop

checks: # how evidence is produced: run in a clean checkout of the commit
  unit:
    prepare: npm ci
    run: npm test -- --reporter=junit --outputFile=reports/unit.xml
    report: { format: junit, path: reports/unit.xml }
  regression:
    prepare: npm ci
    run: npm run --silent regression
    report: { format: tap } # no path: standard output
    attestedBy: [ci] # run here only where CI signed no report of it
  smoke:
    prepare: npm ci
    run: npm run --silent smoke # finds the service at $TARGET_URL
    report: { format: tap }
    against: staging
  performance:
    run: npx autocannon -j -d 5 $TARGET_URL
    report: { format: autocannon }
    against: staging
  dependencies:
    run: npm audit --json
    report: { format: npm-audit }

artifact: # built once; every environment gets this very artifact
  prepare: npm ci
  build: npm run build

environments:
  staging:
    gate:
      unit: 100%
      smoke: 100%
      review: approved
      dependencies:
        maxSeverity: moderate
        exceptions: # shown in every verdict that rests on them
          - id: CVE-2026-1234
            package: lodash
            reason: Only its template function is vulnerable, which nothing here calls.
            until: 2026-12-31
            approvedBy: Kim Doe
    target: { kind: process, run: node dist/server.js, port: 8080 }
    health: { path: /healthz, version: $.version }
    metrics: { path: /metrics }

  production:
    after: staging # the same artifact must have been deployed there successfully
    gate:
      regression: ">= 95%"
      performance: { p99: "<= 250 ms", errorRate: "<= 0.1%", comparedToBaseline: "<= +10%" }
      monitoring: configured
      rollback: verified
    approvals: { required: 1, from: [stakeholder] }
    freeze: [{ from: Fri 16:00, to: Mon 08:00, timezone: Europe/Berlin }]
    target: { kind: process, run: node dist/server.js, port: 8090 }
    strategy:
      kind: blueGreen
      bake: 2m
      analysis: { errorRate: "<= 1%", p95: "<= 300 ms", minRequests: 50 }
    health: { path: /healthz, version: $.version }
    metrics: { path: /metrics }

approvers: # files in OpenSSH allowed_signers format
  reviewer: { allowedSigners: .devops-reviewers }
  stakeholder: { allowedSigners: .devops-approvers }

producers: # whose signed statements are evidence: docs/ci-evidence.md
  ci: { allowedSigners: .devops-producers }

notify:
  - { kind: webhook, url: $DEPLOY_WEBHOOK_URL, on: [deployed, failed, rolledBack, approvalNeeded] }
  - { kind: webhook, format: slack, url: $SLACK_URL, on: [gateFailed, humanNeeded], environments: [production] }
  - { name: on-call, kind: smtp, url: $SMTP_URL, from: deploy@shop.example, to: [on-call@shop.example] }

escalation: # while nobody answers: docs/notifications.md
  - { after: 30m, agent: Product-Manager }
  - { after: 2h, channels: [on-call], environments: [production] }
`;
