/**
 * What secrets look like that say themselves what they are. Each shape is the source of a regular expression; none
 * matches across a line end. Pure.
 */

/** Preceded by nothing, by no letter or digit, or by the end of an escape sequence. */
const start = String.raw`(?<=^|[^A-Za-z0-9]|\\[nrtbf]|\[[\d;]{0,10}m)`;
const word = 'A-Za-z0-9_-';

/** Every token is a run of these characters, and at least so long. */
export const tokenCharacters = /[A-Za-z0-9_.~=+-]/;
export const shortestToken = 20;

/**
 * What every shape below has in it. To look for this alone is ten times faster than for all shapes, and most long words
 * have none of it.
 */
export const tokenMark =
  /gh[pousr]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|ffct|oas)-|npm_|xox[abeoprs]-|xapp-|A(?:KIA|SIA|BIA|CCA|GPA|IDA|ROA|KC)|sk-|[sr]k_(?:live|test)_|whsec_|AIza|ya29\.|GOCSPX-|eyJ|SG\.|SK[0-9a-f]{2}|key-[0-9a-f]{2}|-us\d|[MNO][\w-]{23,25}\.[\w-]{6}\.|pypi-|rubygems_|cio|oy2|dckr_|do[opr]_v1_|HRKU-|hv[sbr]\.|atlasv1|NRAK-|gl(?:sa|c)_|shp(?:at|ca|pa|ss)_|sq0|lin_|AT[AC]TT3|dapi|hf_|nfp_|sb(?:p|_secret)_|pscale_|dp\.|PMAK-|sntry[us]_|AGE-SECRET|pul-|dt0[a-z]|r8_|gsk_|xai-|pplx-|aio_|ntn_|secret_|pat[A-Za-z0-9]{14}\.|figd_|EAA|[78]Q~|tskey-|bk[ua]|CCIPAT_|sq[pua]_|CFPAT-|pn[ub]_|sl\.|fm2_/;

export const tokenShapes: Readonly<Record<string, string>> = {
  github: 'gh[pousr]_[A-Za-z0-9]{36,}',
  githubFineGrained: 'github_pat_[A-Za-z0-9_]{22,}',
  gitlab: `gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|ffct|oas)-[.${word}]{20,}`,
  npm: 'npm_[A-Za-z0-9]{36,}',
  slack: 'xox[abeoprs]-[A-Za-z0-9-]{10,}',
  slackApp: 'xapp-[A-Za-z0-9-]{16,}',
  awsKeyId: '(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA)[A-Z0-9]{16}',
  openaiAndAnthropic: `${start}sk-[${word}]{20,}`,
  stripe: '[sr]k_(?:live|test)_[A-Za-z0-9]{16,}',
  stripeWebhook: 'whsec_[A-Za-z0-9+=]{24,}',
  googleApi: `AIza[${word}]{35}`,
  googleOauth: `ya29\\.[.${word}]{20,}`,
  googleClient: `GOCSPX-[${word}]{20,}`,
  jsonWebToken: `eyJ[${word}]{10,}\\.[${word}]{10,}\\.[.${word}]{5,}`,
  mapbox: `sk\\.eyJ[${word}]{20,}\\.[${word}]{16,}`,
  sendgrid: `SG\\.[${word}]{16,}\\.[${word}]{16,}`,
  twilio: `${start}SK[0-9a-f]{32}`,
  mailgun: 'key-[0-9a-f]{32}',
  mailchimp: '[0-9a-f]{32}-us\\d{1,2}',
  discordBot: `[MNO][${word}]{23,25}\\.[${word}]{6}\\.[${word}]{27,}`,
  pypi: `pypi-[${word}]{32,}`,
  rubygems: 'rubygems_[0-9a-f]{48}',
  crates: `${start}cio[A-Za-z0-9]{32}`,
  nuget: `${start}oy2[a-z0-9]{43}`,
  dockerHub: `dckr_[po]at_[${word}]{20,}`,
  digitalOcean: 'do[opr]_v1_[0-9a-f]{64}',
  heroku: `HRKU-[${word}]{30,}`,
  vault: `hv[sbr]\\.[${word}]{24,}`,
  terraformCloud: `[A-Za-z0-9]{14}\\.atlasv1\\.[=${word}]{60,}`,
  newRelic: 'NRAK-[A-Z0-9]{27}',
  grafanaService: 'glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}',
  grafanaCloud: 'glc_[A-Za-z0-9+=]{32,}',
  shopify: 'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}',
  square: `sq0(?:atp|csp|idp)-[${word}]{22,}`,
  linear: 'lin_(?:api|oauth)_[A-Za-z0-9]{32,}',
  atlassian: `AT[AC]TT3[=${word}]{60,}`,
  databricks: 'dapi[0-9a-f]{32}',
  huggingFace: `${start}hf_[A-Za-z0-9]{30,}`,
  netlify: 'nfp_[A-Za-z0-9]{36,}',
  supabase: `sb(?:p_[0-9a-f]{40}|_secret_[${word}]{20,})`,
  planetscale: `pscale_(?:tkn|pw|oauth)_[.${word}]{32,}`,
  doppler: `dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,}`,
  postman: 'PMAK-[0-9a-f]{24}-[0-9a-f]{34}',
  sentry: `sntry[us]_[=+${word}]{40,}`,
  age: 'AGE-SECRET-KEY-1[0-9A-Z]{58}',
  pulumi: 'pul-[0-9a-f]{40}',
  artifactory: `${start}AKC[A-Za-z0-9]{64,}`,
  dynatrace: 'dt0[a-z]\\d{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}',
  replicate: `${start}r8_[A-Za-z0-9]{37,}`,
  groq: 'gsk_[A-Za-z0-9]{40,}',
  xai: `${start}xai-[A-Za-z0-9]{40,}`,
  perplexity: 'pplx-[A-Za-z0-9]{40,}',
  adafruit: 'aio_[A-Za-z0-9]{28}',
  notion: `${start}(?:ntn_|secret_)[A-Za-z0-9]{40,}`,
  airtable: 'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}',
  figma: `figd_[${word}]{36,}`,
  facebook: `${start}EAA[A-Za-z0-9]{80,}`,
  azureClient: `[.~${word}]{3}[78]Q~[.~${word}]{31,34}`,
  tailscale: 'tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9-]{20,}',
  buildkite: 'bk[ua]a?_[0-9a-f]{40}',
  circleci: 'CCIPAT_[A-Za-z0-9]{22}_[0-9a-f]{40}',
  sonar: `${start}sq[pua]_[0-9a-f]{40}`,
  contentful: `CFPAT-[${word}]{43}`,
  prefect: 'pn[ub]_[A-Za-z0-9]{36}',
  dropbox: `${start}sl\\.[${word}]{60,}`,
  fly: `fm2_[=+${word}]{60,}`,
};

/** Everything between the name and the end: what a host or a scheme gives away. Group 1 stays. */
export const addressShapes: readonly RegExp[] = [
  // postgres://user:password@host; of several @ the last one ends the password
  /(:\/\/[^ \t\r\n:/@"'<>\\]{0,100}:)(?!\$\{?[A-Z_][A-Z0-9_]*\}?@|\[redacted\]@)[^ \t\r\n/"'<>\\]{1,500}(?=@)/g,
  // https://token@host
  /(:\/\/)[A-Za-z0-9_.~%-]{20,500}(?=@)/g,
  /(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9_/-]{20,}/g,
  /(discord(?:app)?\.com\/api\/webhooks\/)[0-9]+\/[A-Za-z0-9_-]{20,}/g,
  /(webhook\.office\.com\/webhookb2\/)[A-Za-z0-9@_/-]{20,}/g,
  /(api\.telegram\.org\/bot)[0-9]+:[A-Za-z0-9_-]{20,}/g,
  /([?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|Signature|sig|code|key|access_token|id_token|refresh_token|auth)=)[A-Za-z0-9%+/=._~-]{12,}/gi,
];

/** A number and a long word after a colon. */
export const telegramBot = /(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{32,}/g;
