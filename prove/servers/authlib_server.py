"""A token endpoint and a resource by Authlib and Flask: python3 authlib_server.py PORT LIFETIME CLIENTS

CLIENTS is JSON: {"scopes": [...], "clients": {"<id>": "<secret>"}}. Everything is kept in memory.
"""
import json
import logging
import sys
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.util import list_to_scope, scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenValidator
from flask import Flask, jsonify

port, lifetime, known = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])


class Client(ClientMixin):
    def __init__(self, client_id, secret):
        self.client_id = client_id
        self.secret = secret

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return list_to_scope([name for name in scope_to_list(scope or "") if name in known["scopes"]])

    def check_client_secret(self, client_secret):
        return self.secret == client_secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type):
        return grant_type == "client_credentials"


class Token(TokenMixin):
    def __init__(self, client_id, values):
        self.client_id = client_id
        self.scope = values.get("scope", "")
        self.ends = time.time() + values["expires_in"]

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return time.time() >= self.ends

    def is_revoked(self):
        return False


clients = {client_id: Client(client_id, secret) for client_id, secret in known["clients"].items()}
tokens = {}


def save_token(values, request):
    tokens[values["access_token"]] = Token(request.client.client_id, values)


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


class Validator(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return tokens.get(token_string)


app = Flask(__name__)
app.config["OAUTH2_SCOPES_SUPPORTED"] = known["scopes"]
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"client_credentials": lifetime}
server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
server.register_grant(ClientCredentials)
require_oauth = ResourceProtector()
require_oauth.register_token_validator(Validator())


@app.route("/token", methods=["POST"])
def issue_token():
    return server.create_token_response()


@app.route("/api/accounts")
@require_oauth()
def accounts():
    return jsonify(client=current_token.client_id)


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run("127.0.0.1", port)
