"""Which text holds something that looks like a credential, and which only talks about one."""

from __future__ import annotations

import time

import pytest

from autopack.decide.masking import find_secrets

# The credentials are split in two literals, so that no scanner takes this file for a leak.
RANDOM_36 = "Zk3vQ9rTb7LmX2cYw8NpD4sHf6Jg1KaE5uRi"

SECRETS = [
    (f"gh|p_{RANDOM_36}", "github-token"),
    (f"use gh|o_{RANDOM_36} here", "github-token"),
    (f"gi|thub_pat_{RANDOM_36}{RANDOM_36}", "github-token"),
    (r'{"log": "first\ngh|p_%s"}' % RANDOM_36, "github-token"),  # noqa: UP031 -- braces
    ("gl|pat-Zk3vQ9rTb7LmX2cYw8Np", "gitlab-token"),
    ("xo|xb-483920174823-573920184723-Zk3vQ9rTb7LmX2cYw8NpD4sH", "slack-token"),
    ("sk|-ant-api03-Zk3vQ9rTb7LmX2cYw8NpD4sHf6Jg1KaE5uRi", "api-key"),
    ("sk|-proj-Zk3vQ9rTb7LmX2cYw8NpD4sHf6Jg1KaE5uRi", "api-key"),
    ("sk|_live_Zk3vQ9rTb7LmX2cYw8NpD4sH", "api-key"),
    (f"hf|_{RANDOM_36}", "api-key"),
    (f"np|m_{RANDOM_36}", "registry-token"),
    (f"py|pi-AgEIcHlwaS5vcmc{RANDOM_36}", "registry-token"),
    ("aws = 'AK|IAQ7Z4M2XW9KD3LP5T'", "aws-key"),
    ("AI|zaSyZk3vQ9rTb7LmX2cYw8NpD4sHf6Jg1KaE5", "google-key"),
    ("ey|JhbGciOiJIUzI1NiJ9.eyJzdWIiOiI5ODcifQ.Zk3vQ9rTb7LmX2cYw8Np", "jwt"),
    (
        "-----BEGIN RSA PRI|VATE KEY-----\nMIIEowIBAAKCAQEA7Zk3vQ9rTb7LmX2cYw8NpD4sHf6\n-----END RSA PRI|VATE KEY-----",
        "private-key",
    ),
    ("-----BEGIN OPENSSH PRI|VATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ", "private-key"),
    ("po|stgres://app:Tr0ub4dor-9x@db.internal:5432/shop", "url-password"),
    ("re|dis://:f81Kd0sPqLw2@cache.internal/0", "url-password"),
    ("Authorization: Bearer Zk3vQ9rTb7LmX2cYw8NpD4sH", "bearer"),
    ('curl -H "Authorization: Basic YXBwOlRyMHViNGRvci05eA=="', "bearer"),
    ('password = "Tr0ub4dor-9x"', "named"),
    ("PASSWORD: 'Tr0ub4dor-9x'", "named"),
    ('"db_password": "Tr0ub4dor-9x",', "named"),
    ("DB_PASSWORD=Tr0ub4dor9xQ", "named"),
    ("export STRIPE_SECRET=Zk3vQ9rTb7LmX2cYw8Np", "named"),
    ('API_KEY = "4f9a0c1d7e2b8a6f3c5d9e0b"', "named"),
    ("aws_secret_access_key = wJ4lrXUt9FEMI7K8MDENGbPxRfiCYq2VTkEYz0Np", "named"),
    ('client_secret: "Zk3vQ9rTb7LmX2cYw8Np"', "named"),
    ("//registry.npmjs.org/:_authToken=4f9a0c1d-7e2b-8a6f-3c5d-9e0b1a2c3d4e", "named"),
]

HARMLESS = [
    "",
    "the password is read from the environment",
    "token budget: 200",
    "tokens: 1200",
    'password = os.environ["DB_PASSWORD"]',
    "password = getpass.getpass()",
    "api_key=settings.api_key2",
    "def login(user, password: str, token: str = None) -> Secret1:",
    'password = "changeme"',
    'password = "password123"',
    'password = "changeme123!"',
    'api_key = "your-api-key-1234"',
    'api_key = "YOUR_API_KEY_2"',
    'token = "<token>"',
    "TOKEN=<your-token-1>",
    "token: ${{ secrets.GITHUB_TOKEN2 }}",
    "TOKEN=${TOKEN1_FROM_ENV}",
    "TOKEN=$(cat /run/secrets/t0ken)",
    'secret = "{{ vault_secret_9 }}"',
    'password = "xxxxxxxx1"',
    'password = "********"',
    'password = "example-passw0rd"',
    'token = "test-token-1"',
    'token = "dummy_token_42"',
    'token = "fake123456789"',
    'secret = "placeholder0"',
    'secret = "0000000000000000"',
    "secret = '12345678'",
    "token = 'abcdefghijklmnop'",
    'password_field = "form_input_7"',
    'TOKEN_URL = "https://example.org/oauth2/token"',
    'secret_name = "projects/shop1/db"',
    "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "sk-your-key-goes-here-0000",
    "https://user:password@example.org/x",
    "postgres://user:secret@localhost/db",
    "postgres://postgres:postgres@localhost:5432/test",
    "https://${USER1}:${PASSWORD1}@example.org",
    "git@github.com:org/repo.git",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $TOKEN_FROM_ENV9",
    "a bearer authentication scheme2024",
    "basic understanding123 of it",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "sha256:4f9a0c1d7e2b8a6f3c5d9e0b1a2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e",
    "integrity sha512-Zk3vQ9rTb7LmX2cYw8NpD4sHf6Jg1KaE5uRi==",
    "uv.lock: url = 'https://files.example.org/packages/4f/9a/0c1d7e2b8a6f/x-1.0.tar.gz'",
    "if token == 'identifier2': return",
]


@pytest.mark.parametrize(("text", "kind"), SECRETS)
def test_a_credential_is_found_and_named(text, kind):
    assert [found for _, _, found in find_secrets(text.replace("|", ""))] == [kind]


@pytest.mark.parametrize("text", HARMLESS)
def test_placeholders_references_and_talk_are_not_credentials(text):
    assert find_secrets(text) == []


def test_the_span_is_the_secret_and_not_the_words_before_it():
    text = 'first\npassword = "Tr0ub4dor-9x"\nhttps://app:f81Kd0sPqLw2@db.internal/\n'
    assert [(text[start:end], kind) for start, end, kind in find_secrets(text)] == [
        ("Tr0ub4dor-9x", "named"),
        ("f81Kd0sPqLw2", "url-password"),
    ]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        " ",
        "password=",
        "://",
        "eyJa.",
        "-----BEGIN PRIVATE KEY-----",
        "token = '",
        "sk-",
        "x:",
        "eyJaaaaaaaa-",
        "token = aaaaaaa1",
    ],
)
def test_long_text_that_almost_matches_is_searched_quickly(piece):
    text = (piece * 300_000)[:300_000]
    started = time.monotonic()
    find_secrets(text)
    assert time.monotonic() - started < 1
