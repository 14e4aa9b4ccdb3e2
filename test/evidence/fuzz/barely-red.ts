/** Red reports of formats that judge or list, by the file whose format they have: one fact each, told as seldom as can be. */
export const barelyRed: readonly (readonly [file: string, report: string])[] = [
  [
    'junit.xml',
    '<testsuite name="a"><testcase name="b"/><testcase name="c"><failure message="no"/></testcase></testsuite>\n',
  ],
  [
    'junit.xml',
    '<testsuites><testsuite name="a" tests="2"><testcase name="b"/><testcase name="c"><error>no</error></testcase></testsuite></testsuites>\n',
  ],
  ['nested.tap', 'ok 1 - a\nnot ok 2 - b\n  ---\n  error: no\n  ...\nok 3 - c\n1..3\n'],
  ['nested.tap', '1..2\nok 1 - a {\n    ok 1 - b\n    ok 2 - c\n    1..2\n}\nnot ok 2 - d\n'],
  [
    'jest.json',
    '{"numTotalTests":2,"testResults":[{"name":"a","status":"passed","assertionResults":[{"title":"b","status":"passed"},{"title":"c","status":"failed"}]}]}',
  ],
  [
    'mocha.json',
    '{"stats":{"tests":2,"passes":1,"pending":0,"failures":1},"tests":[],"pending":[],"failures":[{"title":"b","err":{}}],"passes":[{"title":"a","err":{}}]}',
  ],
  [
    'mocha-stream.jsonl',
    '["start",{"total":2}]\n["pass",{"title":"a"}]\n["fail",{"title":"b"}]\n["end",{"tests":2,"passes":1}]\n',
  ],
  [
    'playwright.json',
    '{"config":{"rootDir":"a"},"suites":[{"title":"a","file":"a","specs":[{"title":"b","tests":[{"expectedStatus":"passed","status":"expected","results":[{"status":"passed"}]},{"expectedStatus":"passed","status":"unexpected","results":[{"status":"failed"}]}]}]}],"errors":[]}',
  ],
  [
    'ctrf.json',
    '{"results":{"tool":{"name":"a"},"summary":{"tests":2,"passed":1},"tests":[{"name":"a","status":"passed"},{"name":"b","status":"failed"}]}}',
  ],
  [
    'go-test.jsonl',
    '{"Action":"run","Package":"a","Test":"TestA"}\n{"Action":"pass","Package":"a","Test":"TestA"}\n{"Action":"fail","Package":"a"}\n',
  ],
  [
    'go-test.jsonl',
    '{"Action":"run","Test":"TestA"}\n{"Action":"pass","Test":"TestA"}\n{"Action":"run","Test":"TestB"}\n{"Action":"fail","Test":"TestB"}\n{"Action":"pass"}\n',
  ],
  [
    'node-test.jsonl',
    '{"type":"test:pass","data":{"name":"a","nesting":0}}\n{"type":"test:fail","data":{"name":"b","nesting":0}}\n{"type":"test:diagnostic","data":{"nesting":0,"message":"tests 2"}}\n',
  ],
  [
    'results.trx',
    '<TestRun><Results><UnitTestResult testName="a" outcome="Passed"/><UnitTestResult testName="b" outcome="Failed"/></Results><ResultSummary outcome="Completed"><Counters total="2"/></ResultSummary></TestRun>\n',
  ],
  [
    'scan.sarif',
    '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[{"ruleId":"b","level":"note"}]}]}',
  ],
  [
    'scan.sarif',
    '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[]},{"tool":{"driver":{"name":"b"}},"results":[{"ruleId":"c"}]}]}',
  ],
  [
    'npm-audit.json',
    '{"auditReportVersion":2,"vulnerabilities":{"a":{"severity":"low","via":["b"],"nodes":[]}}}',
  ],
  [
    'npm-audit-v1.json',
    '{"actions":[],"advisories":{"1":{"findings":[],"module_name":"a","severity":"low","title":"b"}}}',
  ],
  [
    'trivy.json',
    '{"SchemaVersion":2,"ArtifactName":".","Results":[{"Target":"a","Vulnerabilities":[]},{"Target":"b","Vulnerabilities":[{"VulnerabilityID":"CVE-1","Severity":"LOW"}]}]}',
  ],
  [
    'trivy.json',
    '{"SchemaVersion":2,"ArtifactName":".","Results":[{"Target":"a","Vulnerabilities":[],"Secrets":[{"RuleID":"b","Severity":"LOW"}]}]}',
  ],
  [
    'grype.json',
    '{"matches":[{"vulnerability":{"id":"CVE-1","severity":"Low"},"artifact":{"name":"a"}}],"source":{"type":"directory"}}',
  ],
  [
    'osv-scanner.json',
    '{"results":[{"source":{"path":"a","type":"lockfile"},"packages":[{"package":{"name":"a"},"vulnerabilities":[{"id":"GHSA-1"}]}]}]}',
  ],
  ['cyclonedx.json', '{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":[{"id":"CVE-1"}]}'],
  [
    'cyclonedx.xml',
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><vulnerabilities><vulnerability><id>CVE-1</id></vulnerability></vulnerabilities></bom>\n',
  ],
];
