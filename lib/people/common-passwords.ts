/** Why a password is too easy to guess, or null: a common one, or one made of the address or the product's name. */
export function guessable(password: string, email: string): string | null {
  const folded = password.normalize("NFKC").toLowerCase();
  const core = folded.replace(/[^\p{L}]+$/u, "").replace(/^[^\p{L}]+/u, "");
  if (common.has(folded) || (core.length >= 4 && common.has(core) && folded.length - core.length <= 4))
    return "is among the most used passwords; choose another";
  if (new Set(folded).size <= 2 || "0123456789012345678901234567890".includes(folded) || "abcdefghijklmnopqrstuvwxyz".includes(folded)) {
    return "is too easy to guess; choose another";
  }
  const own = ["gatehouse", email.toLowerCase(), email.toLowerCase().split("@")[0] ?? "", email.toLowerCase().split("@")[1] ?? ""];
  if (own.some((word) => word.length >= 3 && (folded === word || core === word)))
    return "is too close to your address or to the name of this product; choose another";
  return null;
}

// The heads of the public lists of leaked passwords, without digits or signs at their ends where the check strips those.
const common = new Set(
  `password passwort passw0rd p@ssw0rd p@ssword pa55word motdepasse contraseña senha123 12345678 123456789 1234567890 123123123 11111111 00000000 87654321
  987654321 12341234 12344321 11223344 112233445566 123321123 147258369 159753159 741852963 789456123 123456789a a123456789 1q2w3e4r 1q2w3e4r5t 1qaz2wsx
  qazwsxedc zaq12wsx 1qazxsw2 q1w2e3r4 q1w2e3r4t5 qwertyuiop qwertyui qwerty12 qwerty123 qwerty1234 qwertz123 qwertzuiop asdfghjkl asdfghjk asdfasdf asdf1234
  zxcvbnm zxcvbnm123 qweasdzxc qweasd123 abcd1234 abc12345 abcdefgh abcdefg1 a1b2c3d4 aa123456 aaaaaaaa iloveyou iloveyou1 ilovegod lovelove loveyou princess
  princesa sunshine football baseball basketball softball volleyball superman batman spiderman starwars pokemon naruto dragon dragonball monkey shadow
  master michael jennifer jessica michelle charlie jordan23 ashley daniel thomas robert andrew anthony joshua matthew nicole amanda samantha elizabeth
  victoria alexander benjamin christopher jonathan patrick maverick mercedes corvette ferrari porsche harley chelsea liverpool arsenal barcelona realmadrid
  juventus manchester redsox yankees cowboys steelers eagles lakers trustno1 letmein letmein1 welcome welcome1 welcome123 willkommen bienvenue hello123
  hellohello whatever computer internet samsung google facebook microsoft windows linkedin twitter instagram minecraft fortnite administrator admin admin123
  admin1234 administrator1 root1234 rootroot toor changeme change-me changeit default guest guest123 test1234 testtest testing testing123 tester123 secret
  secret123 topsecret mypassword yourpassword newpassword oldpassword password! password12 password123 password1234 passwordpassword temppass temp1234
  temporary summer2024 summer2025 summer2026 winter2024 winter2025 winter2026 spring2025 spring2026 autumn2025 autumn2026 summer winter spring autumn
  january february october november december monday friday sunday chocolate cookie butterfly flower rainbow unicorn diamond freedom phoenix mustang
  killer hunter ranger soccer hockey tigger ginger pepper cheese banana orange purple silver golden blessed jesuschrist jesus123 heaven angel angels
  company company123 corporate business office123 database oracle postgres mysql qwerty login login123 access access14 security secure123 server server123
  correcthorsebatterystaple openai anthropic chatgpt claude`
    .split(/\s+/)
    .filter(Boolean),
);
