from django.http import JsonResponse
from django.urls import path
from oauth2_provider.models import AccessToken
from oauth2_provider.views import TokenView
from oauth2_provider.views.generic import ProtectedResourceView


class Accounts(ProtectedResourceView):
    def get(self, request):
        value = request.headers["Authorization"].split(" ", 1)[1]
        return JsonResponse({"client": AccessToken.objects.get(token=value).application.client_id})


urlpatterns = [path("token", TokenView.as_view()), path("api/accounts", Accounts.as_view())]
