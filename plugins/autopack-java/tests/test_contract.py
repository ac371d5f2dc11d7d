"""What every plugin must keep."""

import autopack_java

from autopack.testing import contract_for

POM = (
    "<project><modelVersion>4.0.0</modelVersion><groupId>d</groupId><artifactId>{}</artifactId><version>1</version>{}</project>\n"
)

FILES = {
    "pom.xml": POM.format("top", "<packaging>pom</packaging><modules><module>core</module></modules>"),
    "mvnw": "#!/bin/sh\n",
    ".mvn/wrapper/maven-wrapper.properties": "distributionUrl=https://example.invalid/apache-maven-3.9.9-bin.zip\n",
    "core/pom.xml": POM.format("core", "<dependencies><dependency><groupId>j</groupId></dependency></dependencies>"),
    "core/src/test/java/d/CoreTest.java": "class CoreTest {\n    @Test void works() {}\n}\n",
    "server/settings.gradle.kts": "",
    "server/app/build.gradle.kts": "",
    "server/app/src/test/kotlin/d/AppTest.kt": "class AppTest {\n    @Test fun works() {}\n}\n",
}

TestContract = contract_for(autopack_java, files=FILES)
