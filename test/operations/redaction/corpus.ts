import { generateKeyPairSync } from 'node:crypto';
import { Random } from '../../evidence/fuzz/random.ts';

/**
 * Secrets of every kind, made by seeded code: none of them stands in the repository, where a scanner would find it and
 * where somebody might believe it.
 */

export interface Sample {
  kind: string;
  /** As it stands in a log, a report or a configuration. */
  text: string;
  /** What must not be left of it, each piece by itself. */
  secret: string[];
  /** Variables of the process that know it. */
  environment?: Record<string, string>;
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';
const hex = `${digits}abcdef`;
const alphanumeric = lower + upper + digits;
const url = `${alphanumeric}_-`;
const base64 = `${alphanumeric}+/`;

type Make = (of: (alphabet: string, length: number) => string) => string | { text: string; secret: string[] };

/** Kinds that say themselves what they are: a start that is known, and a part that nobody can guess. */
const tokens: Record<string, Make> = {
  github: (of) => `gh${of('pousr', 1)}_${of(alphanumeric, 36)}`,
  githubFineGrained: (of) => `github${'_pat_'}${of(alphanumeric, 22)}_${of(alphanumeric, 59)}`,
  gitlab: (of) => `glpat${'-'}${of(url, 20)}`,
  gitlabDeploy: (of) => `gldt${'-'}${of(url, 20)}`,
  npm: (of) => `npm${'_'}${of(alphanumeric, 36)}`,
  slack: (of) => `xox${of('bpars', 1)}-${of(digits, 12)}-${of(alphanumeric, 24)}`,
  slackApp: (of) => `xapp${'-1-'}A${of(upper, 9)}-${of(digits, 13)}-${of(hex, 64)}`,
  awsKeyId: (of) => `AK${'IA'}${of(upper + digits, 16)}`,
  openai: (of) => `sk${'-proj-'}${of(url, 48)}`,
  anthropic: (of) => `sk${'-ant-api03-'}${of(url, 90)}`,
  stripe: (of) => `sk${'_live_'}${of(alphanumeric, 24)}`,
  stripeRestricted: (of) => `rk${'_test_'}${of(alphanumeric, 24)}`,
  stripeWebhook: (of) => `whsec${'_'}${of(alphanumeric, 32)}`,
  googleApi: (of) => `AI${'za'}${of(url, 35)}`,
  googleOauth: (of) => `ya${'29.'}a0${of(url, 60)}`,
  googleClient: (of) => `GOC${'SPX-'}${of(url, 28)}`,
  jsonWebToken: (of) => `e${'yJ'}${of(url, 30)}.eyJ${of(url, 60)}.${of(url, 43)}`,
  mapbox: (of) => `sk.e${'yJ'}${of(alphanumeric, 60)}.${of(url, 22)}`,
  sendgrid: (of) => `S${'G.'}${of(url, 22)}.${of(url, 43)}`,
  twilio: (of) => `S${'K'}${of(hex, 32)}`,
  mailgun: (of) => `key${'-'}${of(hex, 32)}`,
  mailchimp: (of) => `${of(hex, 32)}-us${of('123456789', 1)}`,
  telegram: (of) => `${of('123456789', 1)}${of(digits, 8)}:A${'A'}${of(url, 33)}`,
  discordBot: (of) => `M${of(alphanumeric, 23)}.${of(url, 6)}.${of(url, 27)}`,
  pypi: (of) => `pypi${'-'}AgEIcHlwaS5vcmc${of(url, 60)}`,
  rubygems: (of) => `rubygems${'_'}${of(hex, 48)}`,
  crates: (of) => `ci${'o'}${of(alphanumeric, 32)}`,
  nuget: (of) => `oy${'2'}${of(lower + digits, 43)}`,
  dockerHub: (of) => `dckr${'_pat_'}${of(url, 27)}`,
  digitalOcean: (of) => `dop${'_v1_'}${of(hex, 64)}`,
  heroku: (of) => `HRKU${'-'}${of(url, 36)}`,
  vault: (of) => `hv${'s.'}${of(url, 90)}`,
  terraformCloud: (of) => `${of(alphanumeric, 14)}.atlas${'v1.'}${of(url, 67)}`,
  newRelic: (of) => `NR${'AK-'}${of(upper + digits, 27)}`,
  grafana: (of) => `gl${'sa_'}${of(alphanumeric, 32)}_${of(hex, 8)}`,
  grafanaCloud: (of) => `gl${'c_'}${of(alphanumeric, 60)}`,
  shopify: (of) => `shp${'at_'}${of(hex, 32)}`,
  square: (of) => `sq0${'atp-'}${of(url, 22)}`,
  linear: (of) => `lin${'_api_'}${of(alphanumeric, 40)}`,
  atlassian: (of) => `AT${'ATT3'}${of(url, 180)}=${of(upper + digits, 8)}`,
  databricks: (of) => `da${'pi'}${of(hex, 32)}`,
  huggingFace: (of) => `h${'f_'}${of(alphanumeric, 34)}`,
  netlify: (of) => `nf${'p_'}${of(alphanumeric, 36)}`,
  supabase: (of) => `sb${'p_'}${of(hex, 40)}`,
  planetscale: (of) => `pscale${'_tkn_'}${of(url, 43)}`,
  doppler: (of) => `dp.${'pt.'}${of(alphanumeric, 43)}`,
  postman: (of) => `PM${'AK-'}${of(hex, 24)}-${of(hex, 34)}`,
  sentry: (of) => `sntry${'s_'}${of(alphanumeric, 90)}`,
  age: (of) => `AGE-SECRET${'-KEY-1'}${of(upper + digits, 58)}`,
  pulumi: (of) => `pu${'l-'}${of(hex, 40)}`,
  artifactory: (of) => `AK${'C'}${of(alphanumeric, 70)}`,
  dynatrace: (of) => `dt0${'c01.'}${of(upper + digits, 24)}.${of(upper + digits, 64)}`,
  replicate: (of) => `r${'8_'}${of(alphanumeric, 37)}`,
  groq: (of) => `gs${'k_'}${of(alphanumeric, 52)}`,
  xai: (of) => `xa${'i-'}${of(alphanumeric, 80)}`,
  perplexity: (of) => `pp${'lx-'}${of(alphanumeric, 48)}`,
  adafruit: (of) => `ai${'o_'}${of(alphanumeric, 28)}`,
  notion: (of) => `nt${'n_'}${of(alphanumeric, 46)}`,
  airtable: (of) => `pa${'t'}${of(alphanumeric, 14)}.${of(hex, 64)}`,
  figma: (of) => `fi${'gd_'}${of(url, 40)}`,
  azureClient: (of) => `${of(alphanumeric, 3)}8Q${'~'}${of(alphanumeric, 34)}`,
  tailscale: (of) => `tskey${'-auth-'}${of(alphanumeric, 12)}-${of(alphanumeric, 32)}`,
  buildkite: (of) => `bk${'ua_'}${of(hex, 40)}`,
  circleci: (of) => `CCI${'PAT_'}${of(alphanumeric, 22)}_${of(hex, 40)}`,
  sonar: (of) => `sq${'p_'}${of(hex, 40)}`,
  contentful: (of) => `CF${'PAT-'}${of(url, 43)}`,
  fly: (of) => `fm${'2_'}${of(alphanumeric, 90)}`,
};

/** Kinds that only their place gives away. */
const placed: Record<string, Make> = {
  postgresUrl: (of) =>
    put(of(alphanumeric, 16), (it) => `postgres://shop:${it}@db.example:5432/shop?sslmode=require`),
  mongodbUrl: (of) => put(of(alphanumeric, 14), (it) => `mongodb+srv://shop:${it}%21@cluster0.example/shop`),
  redisUrl: (of) => put(of(alphanumeric, 20), (it) => `redis://:${it}@cache.example:6379/0`),
  amqpUrl: (of) =>
    put(`${of(alphanumeric, 8)}@${of(alphanumeric, 8)}`, (it) => `amqps://shop:${it}@mq.example/vhost`),
  gitUrl: (of) => put(of(alphanumeric, 40), (it) => `https://${it}@git.example/shop/shop.git`),
  adoNet: (of) =>
    put(
      of(`${alphanumeric}!#%`, 14),
      (it) => `Server=tcp:sql.example,1433;User ID=shop;Password=${it};Encrypt=True`,
    ),
  jdbc: (of) =>
    put(of(alphanumeric, 14), (it) => `jdbc:postgresql://db.example/shop?user=shop&password=${it}&ssl=true`),
  azureStorage: (of) =>
    put(
      `${of(base64, 86)}==`,
      (it) => `DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=${it};EndpointSuffix=core.example`,
    ),
  azureBus: (of) =>
    put(
      `${of(base64, 43)}=`,
      (it) => `Endpoint=sb://shop.example/;SharedAccessKeyName=root;SharedAccessKey=${it}`,
    ),
  slackWebhook: (of) =>
    put(
      `T${of(upper, 8)}/B${of(upper, 8)}/${of(alphanumeric, 24)}`,
      (it) => `https://hooks.slack.com/services/${it}`,
    ),
  discordWebhook: (of) =>
    put(`${of(digits, 18)}/${of(url, 68)}`, (it) => `https://discord.com/api/webhooks/${it}`),
  presignedUrl: (of) =>
    put(of(hex, 64), (it) => `https://bucket.example/key?X-Amz-Date=20261126T050000Z&X-Amz-Signature=${it}`),
  awsSecretKey: (of) => put(of(base64, 40), (it) => `aws_secret_access_key = ${it}`),
  bearer: (of) => put(of(url, 32), (it) => `Authorization: Bearer ${it}`),
  basic: (of) => put(`${of(alphanumeric, 30)}==`, (it) => `authorization: Basic ${it}`),
  apiKeyHeader: (of) => put(of(hex, 32), (it) => `X-Api-Key: a${it}`),
  jsonPassword: (of) =>
    put(of(`${alphanumeric} ,;&<`, 18), (it) => `{"user":"shop","password":"${it}","retries":3}`),
  escapedJson: (of) =>
    put(of(alphanumeric, 18), (it) => `"body":"{\\"clientSecret\\":\\"${it}\\",\\"id\\":7}"`),
  yamlPassword: (of) => put(of(`${alphanumeric}!$*`, 16), (it) => `  dbPassword: z${it}`),
  quotedPhrase: (of) =>
    put(`${of(lower, 7)} ${of(lower, 6)} ${of(lower, 8)}`, (it) => `passphrase = "${it}"`),
  environment: (of) => put(of(alphanumeric, 20), (it) => `export SHOP_SECRET_KEY=${it}`),
  flag: (of) => put(of(`${alphanumeric}!@%`, 14), (it) => `mysqldump --user shop --password q${it} shop`),
  npmrc: (of) => put(of(alphanumeric, 36), (it) => `//registry.example/:_authToken=${it}`),
  netrc: (of) => put(of(alphanumeric, 16), (it) => `machine git.example login shop password ${it}`),
  curl: (of) => put(of(alphanumeric, 16), (it) => `curl -s -u shop:${it} https://shop.example/orders`),
  curlFirst: (of) => put(of(alphanumeric, 6), (it) => `+ curl -u shop:${it} https://shop.example/orders`),
  curlInOne: (of) => put(of(alphanumeric, 6), (it) => `curl -fsSu "shop:${it}" -o out https://shop.example`),
  basicShort: (of) =>
    put(btoa(`a:${of(alphanumeric, 2)}`).replace(/=+$/, ''), (it) => `> Authorization: Basic ${it}`),
  basicInJson: (of) => put(btoa(`ci:${of(lower, 3)}`), (it) => `{"authorization":"Basic ${it}","id":7}`),
  sshpass: (of) => put(of(`${alphanumeric}!#`, 7), (it) => `sshpass -p ${it} ssh deploy@host.example uptime`),
  sshpassQuoted: (of) => put(`${of(lower, 5)} ${of(lower, 5)}`, (it) => `sshpass -p '${it}' scp a b:`),
  mysql: (of) => put(of(`${alphanumeric}!#`, 7), (it) => `$ mysql -h db.example -ushop -p${it} shop`),
  dockerLogin: (of) => put(of(alphanumeric, 8), (it) => `docker login -u shop -p ${it} registry.example`),
  dockerAuth: (of) =>
    put(`${of(alphanumeric, 30)}1=`, (it) => `{"auths":{"registry.example":{"auth":"${it}"}}}`),
  xmlElement: (of) => put(of(alphanumeric, 16), (it) => `<server><password>${it}</password></server>`),
  xmlProperty: (of) => put(of(alphanumeric, 16), (it) => `<property name="db.password" value="${it}"/>`),
  cookie: (of) => put(of(alphanumeric, 40), (it) => `Set-Cookie: a${it}; HttpOnly`),
};

/** Kinds that a variable of the process gives away, in the forms in which programs print them. */
const known: Record<string, (value: string) => string> = {
  variable: (value) => value,
  variableInJson: (value) => JSON.stringify({ message: `using ${value}` }),
  variableInUrl: (value) => `https://shop.example/?q=${encodeURIComponent(value)}`,
  variableInBase64: (value) => Buffer.from(value).toString('base64'),
};

/** Parted by what is taken out before people and models read it. */
const parted: Record<string, string> = {
  coloured: '\u001b[1;31m',
  reset: '\u001b[0m',
  zeroWidth: '\u200b',
  joined: '\u2060\u200d',
};

/** The same among other bytes, of which a few bits at either end are shared with what stands beside them. */
const inside: Record<string, (value: string) => string> = {
  variableInHex: (value) => Buffer.from(value).toString('hex'),
  variableInUpperHex: (value) => Buffer.from(`x${value}y`).toString('hex').toUpperCase(),
  ...Object.fromEntries(
    ['a', 'ab', 'abc'].flatMap((before) =>
      ['', 'z'].map((after) => [
        `variableAfter${before.length}Before${after.length}InBase64`,
        (value: string) => Buffer.from(before + value + after).toString('base64'),
      ]),
    ),
  ),
  variableInBase64Url: (value) => Buffer.from(`shop:${value}`).toString('base64url'),
};
const sharedCharacters = 6;

function put(secret: string, write: (secret: string) => string) {
  return { text: write(secret), secret: [secret] };
}

/** @param each how many of every kind that is short */
export function corpus(seed: number, each: number): Sample[] {
  const random = new Random(seed);
  const of = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[random.below(alphabet.length)]).join('');
  const samples: Sample[] = [];
  for (let round = 0; round < each; round += 1) {
    for (const [kind, make] of Object.entries({ ...tokens, ...placed })) {
      const made = make(of);
      samples.push({ kind, ...(typeof made === 'string' ? { text: made, secret: [made] } : made) });
    }
    for (const [kind, write] of Object.entries(known)) {
      const value = `${of(alphanumeric, 6)}"${of(alphanumeric, 5)} \u00e9\\${of(alphanumeric, 8)}`;
      const text = write(value);
      const form =
        [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), text].find((one) =>
          text.includes(one),
        ) ?? value;
      samples.push({ kind, text, secret: [form], environment: { SHOP_TOKEN: value } });
    }
  }
  for (const [kind, write] of Object.entries(inside)) {
    const value = `${of(alphanumeric, 6)}?>~\u00e9${of(alphanumeric, 8)}`;
    const text = write(value);
    const secret = text.slice(sharedCharacters, -sharedCharacters);
    samples.push({ kind, text, secret: [secret], environment: { SHOP_TOKEN: value } });
  }
  for (const [kind, sign] of Object.entries(parted)) {
    const halves = [of(alphanumeric, 18), of(alphanumeric, 18)] as const;
    const token = `gh${'p_'}${halves[0]}${sign}${halves[1]}`;
    samples.push({ kind: `token:${kind}`, text: `x ${sign}a${sign} ${token} y`, secret: [...halves] });
    samples.push({
      kind: `variable:${kind}`,
      text: `with ${halves.join(sign)}${sign}`,
      secret: [...halves],
      environment: { SHOP_TOKEN: halves.join('') },
    });
  }
  return [...samples, ...privateKeys()];
}

/** Real keys, in every armor and every way that logs carry them. */
function privateKeys(): Sample[] {
  const pem = (type: 'pkcs1' | 'pkcs8') =>
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type, format: 'pem' }).toString();
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'sec1', format: 'pem' })
    .toString();
  const edwards = generateKeyPairSync('ed25519')
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
  const locked = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
    .toString();
  const bodyOf = (key: string) => key.split('\n').filter((line) => line !== '' && !/^-|:/.test(line));
  const ways: [string, (key: string) => string][] = [
    ['onLines', (key) => key],
    ['windowsLines', (key) => key.replaceAll('\n', '\r\n')],
    ['prefixed', (key) => key.replaceAll(/^/gm, '2026-11-26T05:00:00Z app | ')],
    ['indented', (key) => key.replaceAll(/^/gm, '      ')],
    ['inJson', (key) => JSON.stringify({ type: 'service_account', private_key: key, id: 7 })],
    ['twiceEscaped', (key) => JSON.stringify(JSON.stringify({ key }))],
    ['cutOff', (key) => key.split('\n').slice(0, 4).join('\n')],
  ];
  return Object.entries({ pkcs1: pem('pkcs1'), pkcs8: pem('pkcs8'), curve, edwards, locked }).flatMap(
    ([name, key]) =>
      ways.map(([way, write]) => {
        const text = write(key);
        return {
          kind: `key:${name}:${way}`,
          text,
          secret: bodyOf(key).filter((line) => text.includes(line)),
        };
      }),
  );
}
