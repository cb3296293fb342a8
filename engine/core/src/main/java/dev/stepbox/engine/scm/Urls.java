package dev.stepbox.engine.scm;

/** Addresses of repositories, as they may be shown. */
final class Urls {

  private Urls() {}

  /**
   * The address without a password. A name without a password stays in ssh addresses only: in
   * others it may be a token.
   */
  static String withoutPassword(String url) {
    int scheme = url.indexOf("://");
    if (scheme < 0) {
      return url;
    }
    int from = scheme + 3;
    int slash = url.indexOf('/', from);
    int at = url.lastIndexOf('@', slash < 0 ? url.length() : slash);
    if (at < from) {
      return url;
    }
    int colon = url.indexOf(':', from);
    boolean isNameOnly = colon < 0 || colon > at;
    return url.startsWith("ssh") && isNameOnly
        ? url
        : url.substring(0, from) + url.substring(at + 1);
  }
}
